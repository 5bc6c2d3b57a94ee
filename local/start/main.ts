// `npm start`: the whole platform on this machine, from a lock file to a report.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseArguments, usage } from './arguments.ts';
import { Failure, Interruption } from './failure.ts';
import type { Report } from './report.ts';
import { inSession, tell } from './session.ts';
import { start } from './start.ts';
import { reportText } from './terminal.ts';

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
  return inSession(options, async (session) => {
    const report = await start({ options, ...session });
    console.log(reportText(report));
    console.log(`  Report: ${path.join(session.run.folder, 'report.html')} and report.json beside it`);
    const held = report.checks.every((check) => check.held);
    if (!options.exit) await stayUp(report, session.signal);
    return held ? 0 : 1;
  });
}

/** Resolves when the user has had enough; rejects if the embedded cloud dies before. */
async function stayUp({ addresses, reviewing }: Report, signal: AbortSignal): Promise<void> {
  console.log('\n  These stay up until Ctrl-C or `npm run stop`:');
  for (const [name, address] of Object.entries(addresses)) console.log(`  ${name.padEnd(15)} ${address}`);
  console.log(`\n  Sign in to the console as ${reviewing.users.join(', ')}; the password is ${reviewing.password}`);
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve());
  });
  if (!(signal.reason instanceof Interruption)) throw signal.reason;
  console.log('\n  Ending all that was started.');
}
