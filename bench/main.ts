// `npm run bench` lists the benchmarks; `npm run bench -- NAME [--json PATH] [--applications N]` runs one.
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { auditLog } from './audit-log.ts';
import { breakerBench } from './breaker.ts';
import type { Bench, Comparison } from './comparison.ts';
import { consumer } from './consumer.ts';
import { decision } from './decision.ts';
import { deploy } from './deploy.ts';
import { gate } from './gate.ts';
import { historyJob, historyJob10M } from './history-job.ts';
import { modelQuality } from './model-quality.ts';
import { modelService } from './model-service.ts';
import { policy } from './policy.ts';
import { search } from './search.ts';
import { smallModel } from './small-model.ts';
import { synth } from './synth.ts';
import { tail } from './tail.ts';

const benches: Readonly<Record<string, Bench>> = {
  synth,
  consumer,
  deploy,
  decision,
  policy,
  tail,
  breaker: breakerBench,
  'model-service': modelService,
  'small-model': smallModel,
  search,
  'model-quality': modelQuality,
  gate,
  'history-job': historyJob,
  'history-job-10m': historyJob10M,
  'audit-log': auditLog,
};

function table(result: Comparison): string {
  const rows = Object.entries(result.peers).map(([peer, value]) => {
    const bound = result.aim[peer];
    const aim = bound === undefined ? '' : `, aim at most ${bound.toFixed(3)}`;
    return `  ${peer}: ${value.toFixed(2)} ${result.unit}, ratio ${(result.ratio[peer] ?? Number.NaN).toFixed(3)}${aim}`;
  });
  const conditions = Object.entries(result.conditions).map(([name, value]) => `    ${name}: ${value}`);
  const ours = `${result.name}: ours ${result.ours.toFixed(2)} ${result.unit}`;
  return [ours, ...rows, `  met: ${result.met}`, ...conditions].join('\n');
}

/** @throws Error unless it is a whole number from 40 on: each phase needs some */
function applicationsOf(given: string): number {
  if (/^\d{2,6}$/.test(given) && Number(given) >= 40) return Number(given);
  throw new Error(`--applications is ${given}: give a whole number from 40 on`);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' }, applications: { type: 'string' } },
});
const [name] = positionals;
const bench = name === undefined ? undefined : benches[name];
if (bench) {
  const { applications, json } = values;
  const result = await bench.run(applications === undefined ? {} : { applications: applicationsOf(applications) });
  console.log(table(result));
  if (json) await writeFile(json, `${JSON.stringify(result, null, 2)}\n`);
} else {
  const list = Object.entries(benches).map(([each, { summary }]) => `  ${each}  ${summary}`);
  console.log(['npm run bench -- NAME [--json PATH] [--applications N], with NAME one of', ...list].join('\n'));
  if (name !== undefined) {
    console.error(`there is no benchmark named ${name}`);
    process.exitCode = 2;
  }
}
