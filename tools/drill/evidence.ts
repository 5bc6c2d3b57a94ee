import { DescribeAlarmsCommand, GetMetricStatisticsCommand, type MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { AuditEntry } from '../../lambdas/patterns/audit/entry.ts';
import { readAuditLog } from '../../local/start/audit.ts';
import { type Platform, resourceOf } from './platform.ts';
import { until } from './until.ts';

/** What a drill looked for, and what it found. */
export interface Finding {
  readonly what: string;
  readonly held: boolean;
  readonly found: string;
}

/** A rung's alarm, as it is deployed. */
export async function alarmOf(platform: Platform, name: string): Promise<MetricAlarm> {
  const logicalId = `DecisionServiceAlarms${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  const { cloudFormation, cloudWatch } = platform;
  const AlarmName = await resourceOf(cloudFormation, 'SeaworthyDecision', 'AWS::CloudWatch::Alarm', logicalId);
  const { MetricAlarms = [] } = await cloudWatch.send(new DescribeAlarmsCommand({ AlarmNames: [AlarmName] }));
  const [alarm] = MetricAlarms;
  if (!alarm) throw new Error(`there is no alarm ${AlarmName}`);
  return alarm;
}

/** The sum since an instant of the very metric that an alarm watches. */
export async function watched({ cloudWatch }: Platform, alarm: MetricAlarm, since: Date): Promise<number> {
  const { Datapoints = [] } = await cloudWatch.send(
    new GetMetricStatisticsCommand({
      Namespace: alarm.Namespace,
      MetricName: alarm.MetricName,
      Dimensions: alarm.Dimensions,
      StartTime: since,
      EndTime: new Date(Date.now() + 60_000),
      Period: 60,
      Statistics: ['Sum'],
    }),
  );
  return Datapoints.reduce((total, { Sum = 0 }) => total + Sum, 0);
}

/** The entries of the audit log, which is verified on the way, on decisions that are all in it. */
export function decisionEntries(
  { audit, ...clients }: Platform,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<readonly Extract<AuditEntry, { type: 'decision' }>[]> {
  const look = async () => {
    const entries = await readAuditLog(clients, audit, signal);
    const found = entries.filter((entry) => entry.type === 'decision').filter(({ id }) => ids.includes(id));
    return new Set(found.map(({ id }) => id)).size === ids.length ? found : undefined;
  };
  return until('an entry in the audit log for each decision', look, signal, 1_000);
}

/** Whether an application is kept, to be taken up again. */
export async function isKept({ dynamo, environment }: Platform, applicationId: string): Promise<boolean> {
  const TableName = environment['KEPT_TABLE'] as string;
  const { Item } = await dynamo.send(new GetItemCommand({ TableName, Key: { applicationId: { S: applicationId } } }));
  return Item !== undefined;
}

/** Whether the workflow of an application's case has been started, and waits. */
export async function waitsForPerson({ dynamo, environment }: Platform, applicationId: string): Promise<boolean> {
  const TableName = environment['CASES_TABLE'] as string;
  const { Item } = await dynamo.send(new GetItemCommand({ TableName, Key: { caseId: { S: applicationId } } }));
  return Item?.['taskToken'] !== undefined;
}
