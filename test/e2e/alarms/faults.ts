import { CloudWatchClient, type Metric, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { ECSClient, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import {
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
  PutFunctionConcurrencyCommand,
} from '@aws-sdk/client-lambda';
import { SFNClient, StartExecutionCommand, UpdateStateMachineCommand } from '@aws-sdk/client-sfn';
import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { connect, credentials, region } from '../../../local/start/aws.ts';
import { type Platform, request } from '../platform.ts';
import { signIn } from '../sign-in.ts';
import { keptApplication } from '../steps.ts';
import type { PlatformAlarm } from './rung.ts';

/** A fault of one family, and which of its alarms is to ring. */
export interface Fault {
  readonly anchor: string;
  readonly what: string;
  /** Brings the fault about. @param alarm one that it is to ring */
  inject(platform: Platform, alarms: readonly PlatformAlarm[]): Promise<void>;
  /** What must go on for as long as the fault lasts. */
  goOn?(platform: Platform, alarms: readonly PlatformAlarm[]): Promise<unknown>;
}

const nothing = () => Promise.resolve();
const clients = ({ report }: Platform) => ({ endpoint: report.addresses.cloud, region, credentials });
const output = ({ outputs }: Platform, name: string) => outputs[name] as string;

/** A resource that the metrics of an alarm are about, by the name of the dimension. */
function dimension([alarm]: readonly PlatformAlarm[], name: string): string {
  const metrics = [
    alarm?.metric ?? {},
    ...(alarm?.metric?.Metrics ?? []).map(({ MetricStat }) => MetricStat?.Metric ?? {}),
  ];
  const found = metrics.flatMap(({ Dimensions = [] }) => Dimensions).find(({ Name }) => Name === name);
  if (!found?.Value) throw new Error(`${alarm?.name} has no dimension ${name}`);
  return found.Value;
}

/** Starts a state machine with an input that it can't work with. */
const failedExecution = (machine: string) => async (platform: Platform) => {
  const start = new StartExecutionCommand({ stateMachineArn: output(platform, machine), input: '{}' });
  await new SFNClient(clients(platform)).send(start);
};

/** Leaves the function of an API without a place to run in. */
async function paralyse(platform: Platform, logicalId: string): Promise<void> {
  const lambda = new LambdaClient(clients(platform));
  const FunctionName = await functionName(platform, logicalId);
  await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }));
}

async function functionName(platform: Platform, logicalId: string): Promise<string> {
  const { Functions = [] } = await new LambdaClient(clients(platform)).send(
    new ListFunctionsCommand({ MaxItems: 100 }),
  );
  const found = Functions.find(({ FunctionName }) => FunctionName?.includes(logicalId));
  if (!found?.FunctionName) throw new Error(`the platform has no function ${logicalId}`);
  return found.FunctionName;
}

/** Puts the values of an alarm's metrics where its periods of the past are. */
function metricsOf(values: Readonly<Record<string, number>>, periods: number) {
  return async (platform: Platform, [alarm]: readonly PlatformAlarm[]) => {
    const queries = alarm?.metric?.Metrics ?? [];
    const given: readonly (readonly [Metric, number, number])[] = alarm?.metric?.MetricName
      ? [[alarm.metric, values['value'] ?? 0, alarm.metric.Period ?? 60]]
      : queries.flatMap(({ Id = '', MetricStat }) =>
          MetricStat?.Metric && values[Id] !== undefined
            ? [[MetricStat.Metric, values[Id], MetricStat.Period ?? 60] as const]
            : [],
        );
    const cloudWatch = new CloudWatchClient(clients(platform));
    for (const [{ Namespace, MetricName, Dimensions }, Value, period] of given) {
      const MetricData = Array.from({ length: periods }, (_, back) => ({
        MetricName,
        Dimensions,
        Value,
        Timestamp: new Date(Date.now() - (back + 1) * period * 1_000),
      }));
      await cloudWatch.send(new PutMetricDataCommand({ Namespace, MetricData }));
    }
  };
}

const outcome = { occurredAt: '2013-02-01', knownAt: '2013-05-01' };

/** A fault for each family that the templates have alarms of. */
export const faults: Readonly<Record<string, Fault>> = {
  'audit-trail': {
    anchor: 'dead-letters',
    what: 'an entry that was tried as often as allowed lies in the dead-letter queue',
    async inject(platform, alarms) {
      const sqs = new SQSClient(clients(platform));
      const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: dimension(alarms, 'QueueName') }));
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'no entry' }));
    },
  },
  'batch-ingestion': {
    anchor: 'not-run',
    what: 'a run is started by what names no file',
    inject: failedExecution('HistoryRunsArn'),
  },
  'decision-flow': {
    anchor: 'empty-fields',
    what: 'the metric only, since its period is an hour: most decisions of the last hour have no score',
    inject: metricsOf({ whole: 100, part: 60 }, 1),
  },
  'decision-service': {
    anchor: 'applications-kept',
    what: 'an application comes in while the mode is stop',
    async inject(platform) {
      await keptApplication(platform, 'alarms');
    },
  },
  drift: {
    anchor: 'outcomes-ring',
    what: 'the metric only, since it takes the outcomes of years (drift.test.ts has them): far more loans defaulted',
    inject: metricsOf({ value: 1 }, 1),
  },
  handler: {
    anchor: 'errors',
    what: 'a function is called again and again with an event that it can not read',
    inject: nothing,
    async goOn(platform) {
      const FunctionName = await functionName(platform, 'HumanReviewPlan');
      await new LambdaClient(clients(platform)).send(new InvokeCommand({ FunctionName, Payload: Buffer.from('{}') }));
    },
  },
  'human-review': {
    anchor: 'api-errors',
    what: "the console's function may not run any more, and a reviewer looks at the queue",
    inject: (platform) => paralyse(platform, 'HumanReviewHandler'),
    async goOn(platform) {
      const reviewer = await signIn(platform.report.reviewing, 'reviewer');
      await reviewer.get('/reviews');
    },
  },
  intake: {
    anchor: 'api-errors',
    what: 'the function of the API may not run any more, and an application is sent',
    inject: (platform) => paralyse(platform, '-Intake'),
    goOn: ({ report }) => request(`${report.addresses.api}/applications`, { method: 'POST', body: '{}' }),
  },
  'mode-switch': {
    anchor: 'switched',
    what: 'a duty officer stops all deciding on the console',
    async inject({ report }) {
      const officer = await signIn(report.reviewing, 'duty-officer');
      await officer.send('PUT', '/mode', { mode: 'stop', from: 'normal', reason: 'drill' });
    },
  },
  'model-service': {
    anchor: 'balancer-errors',
    what: 'no task of the model runs any more, and it is asked',
    async inject(platform, alarms) {
      const about = alarms.filter(({ anchor }) => anchor === 'tasks-missing');
      const service = { cluster: dimension(about, 'ClusterName'), service: dimension(about, 'ServiceName') };
      await new ECSClient(clients(platform)).send(new UpdateServiceCommand({ ...service, desiredCount: 0 }));
    },
    goOn: ({ report }) =>
      Promise.all(Array.from({ length: 4 }, () => fetch(`${report.addresses.modelService}/health`))),
  },
  'online-features': {
    anchor: 'not-counted',
    what: 'the metric only, since it takes ten minutes: in each of them an event was not counted',
    inject: metricsOf({ value: 1 }, 15),
  },
  'outcome-feed': {
    anchor: 'contradicted',
    what: 'two outcomes of one loan are told',
    async inject(platform) {
      const { dynamo } = connect(platform.report.addresses.cloud);
      const scan = new ScanCommand({ TableName: output(platform, 'DecisionsTableName'), Limit: 1 });
      const applicationId = (await dynamo.send(scan)).Items?.[0]?.['applicationId']?.S;
      for (const each of ['paid', 'defaulted']) {
        const body = JSON.stringify({ ...outcome, applicationId, outcome: each });
        await request(`${platform.report.addresses.api}/outcomes`, { method: 'POST', body });
      }
    },
  },
  service: {
    anchor: 'stack-at-risk',
    what: 'what the other faults wake somebody for',
    inject: nothing,
  },
  'stream-ingestion': {
    anchor: 'malformed',
    what: 'a record that is no JSON is put on the stream',
    async inject(platform) {
      const StreamName = output(platform, 'StreamName');
      const record = { StreamName, PartitionKey: 'drill', Data: Buffer.from('no JSON at all') };
      await new KinesisClient(clients(platform)).send(new PutRecordCommand(record));
    },
  },
  table: {
    anchor: 'throttled',
    what: 'the metric only, since a table of the embedded cloud refuses nobody: reads were refused in five minutes',
    inject: metricsOf({ reads: 10, writes: 0 }, 5),
  },
  'training-pipeline': {
    anchor: 'failed',
    what: 'a training is started that nobody has asked for',
    inject: failedExecution('TrainingPipelineArn'),
  },
  workflow: {
    anchor: 'failed',
    what: 'the workflow of a review is replaced by one that fails, and started',
    async inject(platform) {
      const stateMachineArn = output(platform, 'ReviewWorkflowArn');
      const definition = JSON.stringify({ StartAt: 'Stop', States: { Stop: { Type: 'Fail', Error: 'Drill' } } });
      await new SFNClient(clients(platform)).send(new UpdateStateMachineCommand({ stateMachineArn, definition }));
      await failedExecution('ReviewWorkflowArn')(platform);
    },
  },
};
