// `npm run history`: the batch job alone on the embedded cloud, from a file that arrives to the table.
import { parseHistoryArguments } from './arguments.ts';
import { connect } from './aws.ts';
import { startCloud } from './cloud.ts';
import { fetchLoans, ownLoans } from './data.ts';
import { deployStacks } from './deploy.ts';
import { environments, findUv } from './environments.ts';
import { Failure } from './failure.ts';
import { followRun } from './job-run.ts';
import { freePort } from './ports.ts';
import { say } from './say.ts';
import { inSession, tell } from './session.ts';
import { together } from './together.ts';
import { nameOf, uploadLoans } from './upload.ts';

const usage = `Usage: npm run history -- [options]

  --data FILE  your own CSV file with the columns of the SBA 7(a) loans
  --port P     port of the embedded cloud (default: a free one)
  --state DIR  folder for all that is written (default .state)
  --help       print this

Exit code 0 only if the file passed the gate and its loans are in the table.`;

const stack = 'SeaworthyHistory';

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  tell(error);
  return 1;
});

/** @returns the exit code */
async function main(args: readonly string[]): Promise<number> {
  const options = parseHistoryArguments(args);
  if (options.help) {
    console.log(usage);
    return 0;
  }
  const own = options.data === undefined ? undefined : await ownLoans(options.data);
  return inSession(options, async (session) => {
    const { python, run, signal, abort, atEnd } = session;
    const uv = await findUv(python, run, signal);
    const setUp = environments(uv, python, run);
    const [cloud, loans] = await together(signal, (both) => [
      setUp('local/cloud', both).then(async () => startCloud(run, options.port ?? (await freePort()), both, abort)),
      own ? Promise.resolve(own) : fetchLoans(options.state, uv, python, run, both),
      setUp('jobs', both),
    ]);
    atEnd(cloud.stop);
    say('cloud', `The embedded cloud is up at ${cloud.endpoint}`);
    const outputs = (await deployStacks(stack, run, cloud, signal))[stack];
    const { HistoryBucketName: bucket, HistoryJobName: job } = outputs ?? {};
    if (!bucket || !job) throw new Failure(`The stack ${stack} lacks its outputs: check that it was deployed.`);
    await uploadLoans(connect(cloud.endpoint), bucket, loans.csv, nameOf(loans.csv), signal);
    const ended = await followRun(cloud.endpoint, job, signal);
    console.log(`\n${ended.message}`);
    return ended.succeeded ? 0 : 1;
  });
}
