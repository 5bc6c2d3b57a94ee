import { setTimeout as sleep } from 'node:timers/promises';
import { CloudWatchLogsClient, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { GetJobRunsCommand, GlueClient, type JobRun } from '@aws-sdk/client-glue';
import { credentials, region } from './aws.ts';
import { Failure } from './failure.ts';
import { say } from './say.ts';

const pollMs = 500;

/** How long an arrival may take to start a run. */
const patienceMs = 60_000;

const ended = new Set(['SUCCEEDED', 'FAILED', 'TIMEOUT', 'STOPPED', 'ERROR']);

/** How a run of a job ended. */
export interface RunEnd {
  readonly succeeded: boolean;
  /** The run's last line, or its error. */
  readonly message: string;
}

/**
 * Waits for a job's run that something else starts, and says what it says until it ends.
 *
 * @throws Failure if no run begins
 */
export async function followRun(endpoint: string, job: string, signal: AbortSignal): Promise<RunEnd> {
  const options = { endpoint, region, credentials };
  const [glue, logs] = [new GlueClient(options), new CloudWatchLogsClient(options)];
  const first = await waitForRun(glue, job, signal);
  say('job', `${job} runs: ${first.Id}`);
  let shown: readonly string[] = [];
  for (;;) {
    // Asked first: what the log has after the end is all that there will be.
    const run = await latestRun(glue, job, signal);
    const lines = run ? await readLines(logs, run, signal) : [];
    for (const line of lines.slice(shown.length)) say('job', line);
    shown = lines;
    if (run && ended.has(run.JobRunState ?? '')) {
      const succeeded = run.JobRunState === 'SUCCEEDED';
      const last = succeeded ? lines.at(-1) : run.ErrorMessage;
      return { succeeded, message: last ?? `The run ended ${run.JobRunState}.` };
    }
    await sleep(pollMs, undefined, { signal });
  }
}

async function waitForRun(glue: GlueClient, job: string, signal: AbortSignal): Promise<JobRun> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const run = await latestRun(glue, job, signal);
    if (run) return run;
    if (Date.now() > deadline) {
      throw new Failure(
        `No run of ${job} has begun in ${patienceMs / 1000} s after the file's arrival: see cloud.log.`,
      );
    }
    await sleep(pollMs, undefined, { signal });
  }
}

async function latestRun(glue: GlueClient, job: string, signal: AbortSignal): Promise<JobRun | undefined> {
  const { JobRuns = [] } = await glue.send(new GetJobRunsCommand({ JobName: job }), { abortSignal: signal });
  return JobRuns.toSorted((a, b) => Number(b.StartedOn) - Number(a.StartedOn))[0];
}

async function readLines(logs: CloudWatchLogsClient, run: JobRun, signal: AbortSignal): Promise<string[]> {
  const request = { logGroupName: `${run.LogGroupName}/output`, logStreamName: run.Id, startFromHead: true };
  const answer = await logs.send(new GetLogEventsCommand(request), { abortSignal: signal }).catch((error: Error) => {
    // The run has not said anything yet.
    if (error.name === 'ResourceNotFoundException') return { events: [] };
    throw error;
  });
  return (answer.events ?? []).flatMap(({ message }) => message ?? []);
}
