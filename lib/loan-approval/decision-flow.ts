import { Duration } from 'aws-cdk-lib';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { HandlerFunction } from '../common/handler-function.ts';
import type { StreamIngestion } from '../ingestion/stream-ingestion.ts';
import type { Canary } from '../monitoring/canary.ts';
import { silentFailureContract } from '../monitoring/contract.ts';
import { handlerMetric } from '../monitoring/widgets.ts';

export interface DecisionFlowProps {
  readonly intake: HandlerFunction;
  readonly ingestion: StreamIngestion;
  readonly canary: Canary;
  readonly topic: ITopic;
}

/** What the decisions on applications promise while all is well, whether or not anything reports an error. */
export function decisionFlow(
  scope: Construct,
  { intake, ingestion, canary, topic }: DecisionFlowProps,
): ReturnType<typeof silentFailureContract> {
  return silentFailureContract(scope, {
    topic,
    family: 'decision-flow',
    // What the door lets in: canaries are on the stream too, and are no business.
    arrivals: handlerMetric(intake.service, 'ApplicationsReceived'),
    successes: ingestion.metricConsumer('ApplicationsDecided'),
    expected: [{ from: 8, to: 20, atLeast: 1 }],
    greatestAge: Duration.hours(1),
    emptyFields: { metric: ingestion.metricConsumer('ReferredUnscored'), mostPercent: 20 },
    // Wide: a narrower range takes a year of decisions to know.
    distribution: { metric: ingestion.metricConsumer('ApplicationsApproved'), fromPercent: 20, toPercent: 95 },
    canary,
  });
}
