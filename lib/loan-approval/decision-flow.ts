import { Duration } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { StreamIngestion } from '../ingestion/stream-ingestion.ts';
import { type ContractAlarmName, silentFailureContract } from '../monitoring/contract.ts';

/** What the decisions on applications promise while all is well, whether or not anything reports an error. */
export function decisionFlow(
  scope: Construct,
  ingestion: StreamIngestion,
  topic: ITopic,
): Readonly<Record<ContractAlarmName, Alarm>> {
  return silentFailureContract(scope, {
    topic,
    family: 'decision-flow',
    arrivals: ingestion.stream.metricIncomingRecords(),
    successes: ingestion.metricConsumer('ApplicationsDecided'),
    expected: [{ from: 8, to: 20, atLeast: 1 }],
    greatestAge: Duration.hours(1),
    emptyFields: { metric: ingestion.metricConsumer('ReferredUnscored'), mostPercent: 20 },
    // Wide: a narrower range takes a year of decisions to know.
    distribution: { metric: ingestion.metricConsumer('ApplicationsApproved'), fromPercent: 20, toPercent: 95 },
  });
}
