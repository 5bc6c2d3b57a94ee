import {
  CloudWatchClient,
  type CompositeAlarm,
  DescribeAlarmsCommand,
  type MetricAlarm,
} from '@aws-sdk/client-cloudwatch';
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { account, credentials, region } from '../../../local/start/aws.ts';
import type { Platform } from '../platform.ts';

/** An alarm of the platform, with its place in the runbooks. */
export interface PlatformAlarm {
  readonly name: string;
  readonly family: string;
  /** Its anchor in the runbook of its family. */
  readonly anchor: string;
  readonly ringing: boolean;
  readonly metric?: MetricAlarm;
}

/** Every alarm that the templates have made, but the composites that only gather others. */
export async function platformAlarms({ report }: Platform): Promise<readonly PlatformAlarm[]> {
  const cloudWatch = new CloudWatchClient({ endpoint: report.addresses.cloud, region, credentials });
  const alarms: PlatformAlarm[] = [];
  let NextToken: string | undefined;
  do {
    const page = await cloudWatch.send(
      new DescribeAlarmsCommand({ AlarmTypes: ['MetricAlarm', 'CompositeAlarm'], NextToken }),
    );
    alarms.push(...(page.MetricAlarms ?? []).flatMap((alarm) => described(alarm, alarm)));
    alarms.push(...(page.CompositeAlarms ?? []).flatMap((alarm) => described(alarm)));
    NextToken = page.NextToken;
  } while (NextToken);
  return alarms;
}

function described(alarm: MetricAlarm | CompositeAlarm, metric?: MetricAlarm): PlatformAlarm[] {
  const place = /docs\/runbooks\/([\w-]+)\.md#([\w-]+)/.exec(alarm.AlarmDescription ?? '');
  const [, family, anchor] = place ?? [];
  if (!family || !anchor) return [];
  const ringing = alarm.StateValue === 'ALARM';
  return [{ name: alarm.AlarmName ?? '', family, anchor, ringing, ...(metric && { metric }) }];
}

/** Listens at the topics of the platform. @returns reads the names of the alarms that have rung since the last call */
export async function listen({ report, outputs }: Platform): Promise<() => Promise<readonly string[]>> {
  const options = { endpoint: report.addresses.cloud, region, credentials };
  const [sqs, sns] = [new SQSClient(options), new SNSClient(options)];
  const arn = `arn:aws:sqs:${region}:${account}:pager`;
  const allow = {
    Effect: 'Allow',
    Principal: { Service: 'sns.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: arn,
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: allow });
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'pager', Attributes: { Policy } }));
  for (const TopicArn of [outputs['AlarmTopicArn'], outputs['PageTopicArn']]) {
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: arn }));
  }
  return async () => {
    const rung: string[] = [];
    for (;;) {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      if (Messages.length === 0) return rung;
      for (const { Body = '{}' } of Messages) {
        const { AlarmName, NewStateValue } = JSON.parse((JSON.parse(Body) as { Message: string }).Message);
        if (NewStateValue === 'ALARM') rung.push(AlarmName);
      }
    }
  };
}
