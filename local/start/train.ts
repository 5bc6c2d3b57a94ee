// `npm run train`: the training pipeline alone on the embedded cloud, from a file of loans to a champion.
import { parseTrainArguments, type TrainOptions } from './arguments.ts';
import { readAuditLog, waitForEntries } from './audit.ts';
import { connect } from './aws.ts';
import { type Cloud, startCloud } from './cloud.ts';
import { fetchLoans, ownLoans } from './data.ts';
import { deployStacks } from './deploy.ts';
import { environments, findUv } from './environments.ts';
import { Failure } from './failure.ts';
import { followRun } from './job-run.ts';
import { people, trainingPeriod } from './learn.ts';
import { signIn } from './people.ts';
import { freePort } from './ports.ts';
import { say } from './say.ts';
import { inSession, type Session, tell } from './session.ts';
import { together } from './together.ts';
import { type Trainer, trainer } from './trainer.ts';
import { uploadLoans } from './upload.ts';

const usage = `Usage: npm run train -- [options]

  --data FILE      your own CSV file with the columns of the SBA 7(a) loans
  --transfer YEAR  train on the loans before YEAR; then, from that champion where it helps, on those of YEAR to 2006
  --history        train on the snapshot of the table that the history's job writes, instead of the file, and make each
                   version again from it: every number of its card must be the same
  --port P         port of the embedded cloud (default: a free one)
  --state DIR      folder for all that is written (default .state)
  --help           print this

Exit code 0 only if each version was trained, approved by a second person, and promoted.`;

const stack = 'SeaworthyTraining';

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  tell(error);
  return 1;
});

/** @returns the exit code */
async function main(args: readonly string[]): Promise<number> {
  const options = parseTrainArguments(args);
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
      setUp('services/trainer', both),
      ...(options.history ? [setUp('jobs', both)] : []),
    ]);
    atEnd(cloud.stop);
    say('cloud', `The embedded cloud is up at ${cloud.endpoint}`);
    const outputs: Outputs = Object.assign({}, ...Object.values(await deployStacks(stack, run, cloud, signal)));
    await uploadLoans(connect(cloud.endpoint), output(outputs, 'HistoryBucketName'), loans.csv, 'loans.csv', signal);
    await trainAll(session, cloud, outputs, options);
    return 0;
  });
}

/** Tells the promotions that the audit log has, once it has so many and is verified. */
async function tellPromotions({ endpoint }: Cloud, outputs: Outputs, count: number, signal: AbortSignal) {
  const clients = connect(endpoint);
  const places = {
    auditBucket: output(outputs, 'AuditBucketName'),
    auditSubjectKeys: output(outputs, 'AuditSubjectKeysName'),
    auditWrappingKey: output(outputs, 'AuditWrappingKeyId'),
    auditSigningKey: output(outputs, 'AuditSigningKeyId'),
    auditOrigin: output(outputs, 'AuditOrigin'),
  };
  await waitForEntries(clients, places.auditBucket, count, signal);
  for (const entry of await readAuditLog(clients, places, signal)) {
    if (entry.type !== 'promotion') continue;
    say('audit', `${entry.by} made the model ${entry.modelVersion} the ${entry.stage}: ${entry.reason}`);
  }
}

/** Trains on one period after the other; two people, whatever the number of versions. */
async function trainAll({ run, signal }: Session, cloud: Cloud, outputs: Outputs, options: TrainOptions) {
  const data = options.history ? await snapshotOf(cloud, outputs, signal) : [];
  const as = async (person: string) => trainer(run, cloud.endpoint, signal, await signIn(cloud.endpoint, person));
  const [first, second] = [await as(people.trainer), await as(people.approver)];
  for (const period of periodsOf(options)) {
    const version = await train(first, second, outputs, [...period, ...data]);
    if (options.history) await reproduce(first, outputs, version, data);
  }
  await tellPromotions(cloud, outputs, periodsOf(options).length, signal);
}

/** The periods to train on, one after the other, as the trainer takes them. */
function periodsOf({ transfer }: TrainOptions): (readonly string[])[] {
  if (transfer === undefined) return [trainingPeriod];
  return [
    [...trainingPeriod, '--last', `${transfer - 1}-12-31`],
    [...trainingPeriod, '--first', `${transfer}-01-01`, '--last', '2006-12-31'],
  ];
}

type Outputs = Readonly<Record<string, string>>;

/**
 * The first person asks for a training; the second one approves of its version.
 *
 * @param what the period and the data, as the trainer takes them
 * @returns the version
 */
async function train(first: Trainer, second: Trainer, outputs: Outputs, what: readonly string[]): Promise<string> {
  const stages = ['--stages', output(outputs, 'StagesTableName')];
  const pipeline = ['--pipeline', output(outputs, 'TrainingPipelineArn')];
  const journals = ['--journals', output(outputs, 'JournalsTableName')];
  const asTrainer = ['--role', output(outputs, 'TrainersRoleArn'), '--person', people.trainer];
  const asApprover = ['--role', output(outputs, 'ApproversRoleArn'), '--person', people.approver];
  const { version } = await first<{ version: string }>('ask', [
    ...pipeline,
    ...journals,
    ...stages,
    ...what,
    ...asTrainer,
  ]);
  const registry = ['--registry', output(outputs, 'RegistryUri')];
  await second('model', ['approve', '--version', version, ...stages, ...registry, ...pipeline, ...asApprover]);
  say('train', `${version} is the champion; its card is ${output(outputs, 'RegistryUri')}/${version}/card.md`);
  return version;
}

/** Waits for the history's job, and names the snapshot that it has written, as the trainer takes it. */
async function snapshotOf(cloud: Cloud, outputs: Outputs, signal: AbortSignal): Promise<string[]> {
  const ended = await followRun(cloud.endpoint, output(outputs, 'HistoryJobName'), signal);
  const snapshot = /snapshot (\d+)/.exec(ended.message)?.[1];
  if (!ended.succeeded || snapshot === undefined) throw new Failure(`The history's job has failed: ${ended.message}`);
  const table = `glue://${output(outputs, 'HistoryDatabaseName')}/${output(outputs, 'HistoryTableName')}`;
  return ['--table', table, '--snapshot', snapshot];
}

/** Makes a version again from the snapshot that it has recorded. @throws Failure if any number is another */
async function reproduce(by: Trainer, outputs: Outputs, version: string, [, table = '']: readonly string[]) {
  const registry = ['--registry', output(outputs, 'RegistryUri')];
  await by('reproduce', ['--version', version, '--table', table, ...registry]);
}

/** @throws Failure that names the output that is missing */
function output(outputs: Outputs, name: string): string {
  const value = outputs[name];
  if (!value)
    throw new Failure(
      `The stack ${stack} and what it stands on lack the output ${name}: check that all were deployed.`,
    );
  return value;
}
