import path from 'node:path';
import { command } from '../../scripts/command.ts';
import { awsEnvironment, withoutAws } from './aws.ts';
import { Failure } from './failure.ts';
import { root } from './folders.ts';
import type { Run } from './runs.ts';
import { say } from './say.ts';

/** Runs one command of the trainer. It writes its progress to stderr and one JSON document to stdout. */
export type Trainer = <Result>(
  name: 'train' | 'ask' | 'model' | 'applications' | 'evaluate' | 'reproduce',
  args: readonly string[],
) => Promise<Result>;

/**
 * @param endpoint of the embedded cloud; without one the trainer can't reach a registry in S3
 * @param person the credentials of who calls it; without them it is the account's administrator
 */
export function trainer(
  run: Run,
  endpoint: string | undefined,
  signal: AbortSignal,
  person: Readonly<Record<string, string>> = {},
): Trainer {
  const env = { ...withoutAws(process.env), ...(endpoint !== undefined && awsEnvironment(endpoint)), ...person };
  return async <Result>(name: string, args: readonly string[]) => {
    const log = path.join(run.logs, `trainer-${name}.log`);
    const python = path.join(root, 'services/trainer/.venv/bin/python');
    const onLine = (line: string) => say('train', line);
    const result = await command(python, ['-m', 'trainer', name, ...args], { cwd: root, env, log, signal, onLine });
    signal.throwIfAborted();
    if (result.code !== 0) {
      const reason = result.stderr.at(-1)?.replace(/^trainer: /, '') ?? `exit code ${result.code}`;
      throw new Failure(`The trainer's ${name} failed: ${reason}`, log);
    }
    return JSON.parse(result.stdout) as Result;
  };
}
