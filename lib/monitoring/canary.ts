import { Duration, Stack } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Grant } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { CanaryEnvironment } from '../../lambdas/canary/environment.ts';
import { canaryPrefix } from '../../lambdas/patterns/canary/canary.ts';
import { acknowledge, wildcardFinding } from '../common/acknowledge.ts';
import { HandlerFunction } from '../common/handler-function.ts';
import { Problems } from '../common/problems.ts';
import { handlerMetric } from './widgets.ts';

export interface CanaryProps {
  /** Has the routes `POST /canaries`, for callers with the right to it alone, and `GET /decisions/{applicationId}`. */
  readonly api: HttpApi;
  readonly stageName: string;
  readonly encryptionKey: IKey;
  readonly alarmTopic: ITopic;
  /**
   * How often the canaries are sent, 1 to 60 minutes.
   * @default - 5 minutes
   */
  readonly every?: Duration;
  /**
   * Time in which a good canary has to be decided, 10 to 600 seconds.
   * @default - 2 minutes
   */
  readonly within?: Duration;
}

/**
 * Sends through the real door an application that must be decided and one that must be refused. Whatever stops or lets
 * nonsense pass without an error is seen by that: see `SilentFailureContract.canary`.
 */
export class Canary extends Construct {
  readonly handler: HandlerFunction;
  readonly schedule: Rule;
  /** How often the canaries are sent. */
  readonly every: Duration;

  constructor(scope: Construct, id: string, props: CanaryProps) {
    super(scope, id);
    const { api, every = Duration.minutes(5), within = Duration.minutes(2) } = props;
    new Problems('Canary')
      .within('every, in minutes,', every.toMinutes(), 1, 60)
      .within('within, in seconds,', within.toSeconds(), 10, 600)
      .throwIfAny();
    this.every = every;
    const environment: CanaryEnvironment = { API_URL: api.apiEndpoint, WITHIN_SECONDS: String(within.toSeconds()) };
    this.handler = new HandlerFunction(this, 'Handler', {
      handler: 'canary',
      environment,
      encryptionKey: props.encryptionKey,
      alarmTopic: props.alarmTopic,
      // A canary that is not decided in time is told of by the handler itself, well before its own time is up.
      timeout: Duration.seconds(Math.ceil(within.toSeconds() * 1.3) + 5),
    });
    this.#grant(props);
    this.schedule = new Rule(this, 'Often', {
      schedule: Schedule.rate(every),
      // The next ones tell as much as these would have.
      targets: [new LambdaFunction(this.handler.function, { retryAttempts: 0, maxEventAge: every })],
    });
  }

  /** A metric that the handler writes at each flight. */
  metric(name: 'CanaryDecided' | 'CanaryTime' | 'BadCanaryAccepted', statistic = 'Maximum'): Metric {
    return handlerMetric(this.handler.service, name, statistic, this.every);
  }

  #grant({ api, stageName }: CanaryProps): void {
    const arnOf = (resource: string) =>
      Stack.of(this).formatArn({
        service: 'execute-api',
        resource: api.apiId,
        resourceName: `${stageName}/${resource}`,
      });
    const decisions = arnOf(`GET/decisions/${canaryPrefix}*`);
    Grant.addToPrincipal({
      grantee: this.handler,
      actions: ['execute-api:Invoke'],
      resourceArns: [arnOf('POST/canaries'), decisions],
    });
    acknowledge(this.handler.role, {
      [wildcardFinding(this.handler.role, decisions)]: 'The decisions on canaries, whose ids are made anew each time',
    });
  }
}
