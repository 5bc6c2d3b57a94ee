// `npm run drill`: takes rungs of the fallback ladder away on the running platform, and looks at what decides then.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Rung, rungs } from '../../lambdas/patterns/decision/rungs.ts';
import { defaultState } from '../../local/start/folders.ts';
import type { Report } from '../../local/start/report.ts';
import { listRuns } from '../../local/start/runs.ts';
import { type DrillArguments, parseArguments, UsageError, usage } from './arguments.ts';
import { drill } from './drill.ts';
import { findPlatform } from './platform.ts';

const interruptedCode = 130;

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof UsageError ? error.message : `The drill has failed: ${error}`);
  return error instanceof UsageError ? 2 : 1;
});

/** @returns the exit code: 0 only if all that a drill looks for was found */
async function main(args: readonly string[]): Promise<number> {
  const asked = parseArguments(args);
  if (!asked) {
    console.log(usage);
    return 0;
  }
  if (asked.rungs.length === 0) {
    for (const rung of rungs) console.log(line(rung));
    return 0;
  }
  const interruption = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interruption.abort());
  try {
    return await drillAll(asked, interruption.signal);
  } catch (error) {
    if (!interruption.signal.aborted || error instanceof AggregateError) throw error;
    console.error('Interrupted; the platform is as it was before.');
    return interruptedCode;
  }
}

async function drillAll({ rungs: asked, untilAlarm, endpoint }: DrillArguments, signal: AbortSignal): Promise<number> {
  const platform = await findPlatform(endpoint ?? (await endpointThatIsUp()), signal);
  let failed = 0;
  for (const rung of asked) {
    console.log(line(rung));
    const tell = (progress: string) => console.log(`  ${new Date().toISOString().slice(11, 19)} ${progress}`);
    for (const { what, held, found } of await drill(rung, platform, { signal, untilAlarm, tell })) {
      console.log(`  ${held ? 'holds ' : 'FAILED'} ${what}: ${found}`);
      if (!held) failed += 1;
    }
  }
  console.log(failed === 0 ? 'All of it holds.' : `${failed} findings.`);
  return failed === 0 ? 0 : 1;
}

function line({ name, drill: { what } }: Rung): string {
  return `${name.padEnd(10)} ${what}`;
}

/** @throws UsageError unless exactly one is up */
async function endpointThatIsUp(): Promise<string> {
  const [only, ...others] = listRuns(defaultState).filter(({ alive }) => alive);
  if (!only) throw new UsageError('nothing is up, run npm start first or give --endpoint');
  if (others.length > 0) throw new UsageError('more than one npm start is up, give the --endpoint of one');
  const report = await readFile(path.join(only.folder, 'report.json'), 'utf8').catch(() => {
    throw new UsageError('npm start has not come to its report yet, wait for it');
  });
  return (JSON.parse(report) as Report).addresses.cloud;
}
