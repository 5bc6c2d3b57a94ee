import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { expect, test } from 'vitest';
import { AuditTrail } from '../../../lib/governance/audit-trail.ts';
import { ModelRegistry } from '../../../lib/training/model-registry.ts';
import { TrainingPipeline, type TrainingPipelineProps } from '../../../lib/training/training-pipeline.ts';
import { imageFolder } from '../app.ts';
import { fixture } from '../fixture.ts';

interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly End?: boolean;
  readonly Resource?: string;
  readonly Branches?: readonly { readonly States: Readonly<Record<string, State>> }[];
  readonly TimeoutSeconds?: number;
  readonly HeartbeatSeconds?: number;
  readonly Retry?: readonly { readonly MaxAttempts: number }[];
  readonly Catch?: readonly { readonly ErrorEquals: readonly string[]; readonly Next: string }[];
  readonly Parameters?: {
    readonly TaskDefinition: string;
    readonly Overrides: {
      readonly ContainerOverrides: readonly {
        readonly Command: readonly string[];
        readonly Environment: readonly Readonly<Record<string, string>>[];
      }[];
    };
  };
}

interface Machine {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

type Choice =
  | Partial<TrainingPipelineProps>
  | ((general: ModelRegistry, trail: () => AuditTrail) => Partial<TrainingPipelineProps>);

/** @param choice props, or what makes them of another registry and of an audit trail */
function synthesise(choice: Choice = {}) {
  const { stack, shared, vpc } = fixture();
  const { encryptionKey, alarmTopic } = shared;
  const bucket = new Bucket(stack, 'Data', { encryptionKey });
  const registry = new ModelRegistry(stack, 'Models', { bucket, model: 'models/risk', encryptionKey });
  const general = new ModelRegistry(stack, 'General', { bucket, model: 'models/general', encryptionKey });
  const trail = () => new AuditTrail(stack, 'Trail', { encryptionKey, alarmTopic, accessLogs: bucket });
  const props = typeof choice === 'function' ? choice(general, trail) : choice;
  const pipeline = new TrainingPipeline(stack, 'Training', {
    image: ContainerImage.fromAsset(imageFolder()),
    vpc,
    registry,
    source: bucket,
    sourceKey: 'raw/loans.csv',
    features: new URL('../../../schemas/features.json', import.meta.url).pathname,
    encryptionKey,
    alarmTopic,
    ...props,
  });
  return { stack, pipeline, template: () => Template.fromStack(stack) };
}

/** The state machine, with `<Id>` in the place of what is known only at deployment. */
function machineOf(template: Template): Machine {
  const [machine] = Object.values(template.findResources('AWS::StepFunctions::StateMachine'));
  const parts: unknown[] = machine?.['Properties'].DefinitionString['Fn::Join'][1];
  const text = parts.map((part) => (typeof part === 'string' ? part : `<${nameOf(part as object)}>`)).join('');
  return JSON.parse(text) as Machine;
}

function nameOf(part: object): string {
  if ('Ref' in part) return String(part.Ref);
  return 'Fn::GetAtt' in part && Array.isArray(part['Fn::GetAtt']) ? String(part['Fn::GetAtt'][0]) : '';
}

/** The states on the way from the first to the last. */
function wayOf({ StartAt, States }: Machine): string[] {
  const way = [];
  for (let name: string | undefined = StartAt; name !== undefined; name = States[name]?.Next) way.push(name);
  return way;
}

test('the way from loans to a champion passes a person', () => {
  const machine = machineOf(synthesise().template());
  expect(wayOf(machine)).toEqual([
    'Prepare',
    'Search',
    'Refit',
    'Calibrate',
    'Evaluate',
    'Register',
    'Approve',
    'Promote',
  ]);
  expect(machine.States['Approve']).toMatchObject({
    Resource: expect.stringMatching(/aws-sdk:dynamodb:updateItem\.waitForTaskToken$/),
    TimeoutSeconds: 7 * 86_400,
    HeartbeatSeconds: 2 * 86_400,
  });
});

/** The variables of a step by name. */
function variablesOf(state: State | undefined): Readonly<Record<string, string | undefined>> {
  const variables = state?.Parameters?.Overrides.ContainerOverrides[0]?.Environment ?? [];
  return Object.fromEntries(variables.map((each) => [each['Name'], each['Value']]));
}

test('with transfer a step after the refit chooses between scratch and what the champion knows', () => {
  const machine = machineOf(synthesise({ transfer: {} }).template());
  expect(wayOf(machine).slice(2, 5)).toEqual(['Refit', 'Transfer', 'Calibrate']);
  expect(variablesOf(machine.States['Transfer'])).toMatchObject({
    TRANSFER_REGISTRY: expect.stringMatching(/models\/risk$/),
    TRANSFER_VERSION: 'champion',
  });
});

test('a segment is made from a version of the general registry, which may be read and not written', () => {
  const { template } = synthesise((from) => ({
    transfer: { from, version: 'v0123', segment: { state: 'CA', sector: '53' } },
  }));
  expect(variablesOf(machineOf(template()).States['Transfer'])).toMatchObject({
    TRANSFER_REGISTRY: expect.stringMatching(/models\/general$/),
    TRANSFER_VERSION: 'v0123',
  });
  template().hasResourceProperties('AWS::ECS::TaskDefinition', {
    ContainerDefinitions: [
      Match.objectLike({ Environment: Match.arrayWith([{ Name: 'SEGMENT', Value: 'state=CA,sector=53' }]) }),
    ],
  });
  const statements = Object.values(template().findResources('AWS::IAM::Policy'))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
    .filter(({ Resource }) => JSON.stringify(Resource).includes('/models/general/*'));
  expect(statements.flatMap(({ Action }) => Action)).toEqual(['s3:GetObject']);
});

test('a segment in the registry of all loans is refused, and so is one that can not be read', () => {
  expect(() => synthesise({ transfer: { segment: { state: 'CA' } } })).toThrow(
    /transfer.segment is {"state":"CA"}: set transfer.from, and registry to another one/,
  );
  expect(() => synthesise((from) => ({ transfer: { from, version: '', segment: { state: 'CA,NY' } } }))).toThrow(
    /transfer.version is "": name a version.*transfer.segment is {"state":"CA,NY"}: set one value for each feature/,
  );
});

test('refused or not approved in time, the champion stays', () => {
  const { States } = machineOf(synthesise().template());
  const [refusal] = States['Approve']?.Catch ?? [];
  expect(refusal?.ErrorEquals.toSorted()).toEqual(['Refused', 'States.HeartbeatTimeout', 'States.Timeout']);
  expect(States[refusal?.Next ?? '']?.Type).toBe('Succeed');
});

test('workers share one study, each under its number, and a lost one is started again', () => {
  const { States } = machineOf(synthesise({ workers: 3 }).template());
  const workers = (States['Search']?.Branches ?? []).flatMap((branch) => Object.values(branch.States));
  const variables = workers.map(({ Parameters }) =>
    Object.fromEntries(
      (Parameters?.Overrides.ContainerOverrides[0]?.Environment ?? []).map((each) => [each['Name'], each]),
    ),
  );
  expect(variables.map((each) => each['WORKER']?.['Value'])).toEqual(['0', '1', '2']);
  expect(new Set(variables.map((each) => each['STUDY']?.['Value.$'])).size).toBe(1);
  expect(workers.map(({ Retry }) => Retry?.[0]?.MaxAttempts)).toEqual([2, 2, 2]);
});

test('a step runs the revision that was deployed, as a task without rights beyond its work', () => {
  const { template } = synthesise();
  expect(machineOf(template()).States['Refit']?.Parameters?.TaskDefinition).toMatch(/^<TrainingStepsTask/);
  template().hasResourceProperties('AWS::ECS::TaskDefinition', {
    ContainerDefinitions: [
      Match.objectLike({
        User: '10001:10001',
        Privileged: false,
        ReadonlyRootFilesystem: true,
        LinuxParameters: Match.objectLike({ Capabilities: { Drop: ['ALL'] } }),
        MountPoints: [{ ContainerPath: '/tmp', ReadOnly: false, SourceVolume: 'scratch' }],
      }),
    ],
  });
});

test('it may stop tasks of its own cluster only', () => {
  synthesise()
    .template()
    .hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: Match.objectLike({
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: Match.arrayWith(['ecs:StopTask']),
            Condition: {
              ArnEquals: { 'ecs:cluster': { 'Fn::GetAtt': [Match.stringLikeRegexp('Cluster'), 'Arn'] } },
            },
          }),
        ]),
      }),
    });
});

test('each prop reaches the template', () => {
  const { template } = synthesise({
    search: 'bayesian',
    trials: 50,
    workers: 4,
    folds: 3,
    costRatio: 8,
    cpu: 4096,
    approvalTimeout: Duration.days(3),
    approvalHeartbeat: Duration.hours(6),
    stepTimeout: Duration.hours(1),
  });
  const variables = Object.entries({ METHOD: 'bayesian', TRIALS: '50', WORKERS: '4', FOLDS: '3', COST_RATIO: '8' });
  template().hasResourceProperties('AWS::ECS::TaskDefinition', {
    Cpu: '4096',
    ContainerDefinitions: [
      Match.objectLike({ Environment: Match.arrayWith(variables.map(([Name, Value]) => ({ Name, Value }))) }),
    ],
  });
  const { States } = machineOf(template());
  expect([States['Approve']?.TimeoutSeconds, States['Approve']?.HeartbeatSeconds]).toEqual([3 * 86_400, 6 * 3_600]);
  expect(States['Refit']?.TimeoutSeconds).toBe(3_600);
});

test('trainers may start it and not answer for it, approvers the other way round', () => {
  const policies = Object.values(synthesise().template().findResources('AWS::IAM::Policy'));
  const mayDo = (role: string) =>
    policies
      .filter(({ Properties }) => Properties.Roles.some(({ Ref }: { Ref: string }) => Ref.startsWith(role)))
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
      .flatMap(({ Action }: { Action: string | string[] }) => Action)
      .filter((action) => action.startsWith('states:'));
  expect(mayDo('ModelsTrainers')).toEqual(['states:StartExecution']);
  expect(mayDo('ModelsApprovers').toSorted()).toEqual([
    'states:SendTaskFailure',
    'states:SendTaskHeartbeat',
    'states:SendTaskSuccess',
  ]);
});

test('one error lists every wrong prop', () => {
  const wrong = { search: 'random' as never, trials: 0, workers: 99, folds: 0, costRatio: 0 };
  expect(() => synthesise({ ...wrong, approvalHeartbeat: Duration.days(9) })).toThrow(
    'TrainingPipeline: search is "random": set grid, bayesian or tpe; trials is 0: set 1 to 1000; workers is 99: set 1 to 20; folds is 0: set 1 to 10; costRatio is 0: set more than 0; approvalHeartbeat, in seconds, is 777600: set less than approvalTimeout (604800)',
  );
});

test('the table may be read where a prefix is given, and not otherwise', () => {
  const reads = (props: Partial<TrainingPipelineProps>) =>
    JSON.stringify(synthesise(props).template().findResources('AWS::IAM::Policy')).includes('/curated/*');
  expect(reads({ tablePrefix: 'curated/' })).toBe(true);
  expect(reads({})).toBe(false);
});

test('with an audit trail its steps may append to it and are told its queue, and without one neither', () => {
  const { stack, pipeline, template } = synthesise((_, trail) => ({ auditTrail: trail() }));
  const { queue } = stack.node.findChild('Trail') as AuditTrail;
  template().hasResourceProperties('AWS::ECS::TaskDefinition', {
    ContainerDefinitions: [
      Match.objectLike({
        Environment: Match.arrayWith([{ Name: 'AUDIT_QUEUE_URL', Value: stack.resolve(queue.queueUrl) }]),
      }),
    ],
  });
  template().hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: Match.objectLike({
      Statement: Match.arrayWith([
        Match.objectLike({ Action: 'sqs:SendMessage', Resource: stack.resolve(queue.queueArn) }),
      ]),
    }),
    Roles: [stack.resolve(pipeline.tasks.definition.taskRole.roleName)],
  });
  expect(JSON.stringify(synthesise().template())).not.toMatch(/AUDIT_QUEUE_URL|sqs:/);
});

test('alarms ring on failure, time-out and throttling', () => {
  const { pipeline } = synthesise();
  expect(Object.keys(pipeline.alarms)).toEqual(['failed', 'timedOut', 'throttled']);
});
