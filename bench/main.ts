// `npm run bench` lists the benchmarks; `npm run bench -- NAME [--json PATH]` runs one.
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { auditLog } from './audit-log.ts';
import { breakerBench } from './breaker.ts';
import type { Bench, Comparison } from './comparison.ts';
import { consumer } from './consumer.ts';
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

const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: 'string' } } });
const [name] = positionals;
const bench = name === undefined ? undefined : benches[name];
if (bench) {
  const result = await bench.run();
  console.log(table(result));
  if (values.json) await writeFile(values.json, `${JSON.stringify(result, null, 2)}\n`);
} else {
  const list = Object.entries(benches).map(([each, { summary }]) => `  ${each}  ${summary}`);
  console.log(['npm run bench -- NAME [--json PATH], with NAME one of', ...list].join('\n'));
  if (name !== undefined) {
    console.error(`there is no benchmark named ${name}`);
    process.exitCode = 2;
  }
}
