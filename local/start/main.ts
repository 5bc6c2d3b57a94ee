// `npm start`: the whole platform on this machine, from a lock file to a report.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseArguments, usage } from './arguments.ts';
import { Failure, Interruption } from './failure.ts';
import { checkPrerequisites } from './prerequisites.ts';
import type { Addresses } from './report.ts';
import { closeRun, createRun, type Run } from './runs.ts';
import { start } from './start.ts';
import { reportText } from './terminal.ts';

const interruptedCode = 130;

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  tell(error);
  return 1;
});

/** @returns the exit code */
async function main(args: readonly string[]): Promise<number> {
  const options = parseArguments(args);
  if (options.help) {
    console.log(usage);
    return 0;
  }
  if (options.report && !existsSync(path.dirname(options.report))) {
    throw new Failure(`--report ${options.report}: there is no folder ${path.dirname(options.report)}, make it first.`);
  }
  const python = await checkPrerequisites(options);
  const ending = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => ending.abort(new Interruption(name)));
  }
  watchParent(ending);
  const run = createRun(options.state);
  const closers: (() => void | Promise<void>)[] = [];
  try {
    const report = await start({
      options,
      python,
      run,
      signal: ending.signal,
      abort: (reason) => ending.abort(reason),
      atEnd: (stop) => closers.push(stop),
    });
    console.log(reportText(report));
    console.log(`  Report: ${path.join(run.folder, 'report.html')} and report.json beside it`);
    const held = report.checks.every((check) => check.held);
    if (!options.exit) await stayUp(report.addresses, ending.signal);
    return held ? 0 : 1;
  } catch (error) {
    const reason: unknown = ending.signal.aborted ? ending.signal.reason : error;
    ending.abort(reason);
    tell(reason);
    return reason instanceof Interruption ? interruptedCode : 1;
  } finally {
    await shutDown(run, closers);
  }
}

/** npm does not pass on every signal: when it is gone, so is the terminal that could end this process. */
function watchParent(ending: AbortController): void {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const parent = process.ppid;
  const look = () => {
    if (process.ppid !== parent) ending.abort(new Interruption('the end of npm'));
  };
  setInterval(look, 1_000).unref();
}

/** Resolves when the user has had enough; rejects if the embedded cloud dies before. */
async function stayUp(addresses: Addresses, signal: AbortSignal): Promise<void> {
  console.log('\n  These stay up until Ctrl-C or `npm run stop`:');
  for (const [name, address] of Object.entries(addresses)) console.log(`  ${name.padEnd(15)} ${address}`);
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve());
  });
  if (!(signal.reason instanceof Interruption)) throw signal.reason;
  console.log('\n  Ending all that was started.');
}

async function shutDown(run: Run, closers: readonly (() => void | Promise<void>)[]): Promise<void> {
  await Promise.all(closers.map((close) => close()));
  closeRun(run);
}

function tell(error: unknown): void {
  if (error instanceof Failure) {
    console.error(`\n${error.message}`);
    if (error.log !== undefined) console.error(`The log is ${error.log}.`);
  } else if (error instanceof Interruption) console.error(`\nStopped: ${error.message}.`);
  else console.error(error);
}
