// `npm run train`: the training pipeline alone on the embedded cloud, from a file of loans to a champion.
import { parseTrainArguments, type TrainOptions } from './arguments.ts';
import { connect } from './aws.ts';
import { type Cloud, startCloud } from './cloud.ts';
import { fetchLoans, ownLoans } from './data.ts';
import { deployStacks } from './deploy.ts';
import { environments, findUv } from './environments.ts';
import { Failure } from './failure.ts';
import { people, trainingPeriod } from './learn.ts';
import { signIn } from './people.ts';
import { freePort } from './ports.ts';
import { say } from './say.ts';
import { inSession, type Session, tell } from './session.ts';
import { together } from './together.ts';
import { trainer } from './trainer.ts';
import { uploadLoans } from './upload.ts';

const usage = `Usage: npm run train -- [options]

  --data FILE      your own CSV file with the columns of the SBA 7(a) loans
  --transfer YEAR  train on the loans before YEAR; then, from that champion where it helps, on those of YEAR to 2006
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
    ]);
    atEnd(cloud.stop);
    say('cloud', `The embedded cloud is up at ${cloud.endpoint}`);
    const outputs = Object.assign({}, ...Object.values(await deployStacks(stack, run, cloud, signal)));
    await uploadLoans(connect(cloud.endpoint), output(outputs, 'HistoryBucketName'), loans.csv, 'loans.csv', signal);
    for (const period of periodsOf(options)) await train(session, cloud, outputs, period);
    return 0;
  });
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

/** The first person asks for a training; the second one approves of its version. */
async function train(
  { run, signal }: Session,
  cloud: Cloud,
  outputs: Outputs,
  period: readonly string[],
): Promise<void> {
  const first = trainer(run, cloud.endpoint, signal, await signIn(cloud.endpoint, people.trainer));
  const second = trainer(run, cloud.endpoint, signal, await signIn(cloud.endpoint, people.approver));
  const stages = ['--stages', output(outputs, 'StagesTableName')];
  const pipeline = ['--pipeline', output(outputs, 'TrainingPipelineArn')];
  const journals = ['--journals', output(outputs, 'JournalsTableName')];
  const asTrainer = ['--role', output(outputs, 'TrainersRoleArn'), '--person', people.trainer];
  const asApprover = ['--role', output(outputs, 'ApproversRoleArn'), '--person', people.approver];
  const { version } = await first<{ version: string }>('ask', [
    ...pipeline,
    ...journals,
    ...stages,
    ...period,
    ...asTrainer,
  ]);
  const registry = ['--registry', output(outputs, 'RegistryUri')];
  await second('model', ['approve', '--version', version, ...stages, ...registry, ...pipeline, ...asApprover]);
  say('train', `${version} is the champion; its card is ${output(outputs, 'RegistryUri')}/${version}/card.md`);
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
