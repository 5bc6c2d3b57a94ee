import type { Python } from '../../scripts/python.ts';
import { Failure, Interruption } from './failure.ts';
import { checkPrerequisites, type Requirements } from './prerequisites.ts';
import { closeRun, createRun, type Run } from './runs.ts';

const interruptedCode = 130;

/** What a command works with, from its start to its end. */
export interface Session {
  readonly python: Python;
  readonly run: Run;
  readonly signal: AbortSignal;
  /** Ends all that goes on. */
  abort(reason: Error): void;
  /** Registers what must be ended with the command. */
  atEnd(stop: () => void | Promise<void>): void;
}

/**
 * Carries out a command that starts things on this machine: whatever ends it, what it has started ends as well.
 *
 * @param work answers the exit code
 * @returns the exit code
 */
export async function inSession(
  requirements: Requirements,
  work: (session: Session) => Promise<number>,
): Promise<number> {
  const python = await checkPrerequisites(requirements);
  const ending = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => ending.abort(new Interruption(name)));
  }
  watchParent(ending);
  const run = createRun(requirements.state);
  const closers: (() => void | Promise<void>)[] = [];
  try {
    return await work({
      python,
      run,
      signal: ending.signal,
      abort: (reason) => ending.abort(reason),
      atEnd: (stop) => closers.push(stop),
    });
  } catch (error) {
    const reason: unknown = ending.signal.aborted ? ending.signal.reason : error;
    ending.abort(reason);
    tell(reason);
    return reason instanceof Interruption ? interruptedCode : 1;
  } finally {
    await Promise.all(closers.map((close) => close()));
    closeRun(run);
  }
}

/** Tells the user why a command ended. */
export function tell(error: unknown): void {
  if (error instanceof Failure) {
    console.error(`\n${error.message}`);
    if (error.log !== undefined) console.error(`The log is ${error.log}.`);
  } else if (error instanceof Interruption) console.error(`\nStopped: ${error.message}.`);
  else console.error(error);
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
