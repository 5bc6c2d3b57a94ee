import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Grant } from 'aws-cdk-lib/aws-iam';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { ResumeEnvironment } from '../../lambdas/resume/environment.ts';
import { grantWriteItems } from '../common/grants.ts';
import { HandlerFunction } from '../common/handler-function.ts';
import type { DecisionService } from './decision-service.ts';

export interface ResumeKeptProps {
  readonly service: DecisionService;
  /** The stream whose consumer decides. */
  readonly stream: IStream;
  readonly encryptionKey: IKey;
  readonly alarmTopic: ITopic;
}

/**
 * Once a minute, unless the mode is stop, puts the applications that were kept instead of decided back on the stream.
 * They are decided there as any other, once, however often they are put.
 */
export class ResumeKept extends Construct {
  readonly handler: HandlerFunction;
  readonly schedule: Rule;

  constructor(scope: Construct, id: string, { service, stream, encryptionKey, alarmTopic }: ResumeKeptProps) {
    super(scope, id);
    const environment: ResumeEnvironment = {
      KEPT_TABLE: service.kept.tableName,
      MODES: service.modes.address,
      STREAM_NAME: stream.streamName,
    };
    this.handler = new HandlerFunction(this, 'Handler', {
      handler: 'resume',
      environment,
      encryptionKey,
      alarmTopic,
      timeout: Duration.seconds(50),
    });
    Grant.addToPrincipal({
      grantee: this.handler,
      actions: ['dynamodb:Scan'],
      resourceArns: [service.kept.tableArn],
    });
    grantWriteItems(service.kept, this.handler, 'dynamodb:DeleteItem');
    service.modes.grantRead(this.handler);
    Grant.addToPrincipal({
      grantee: this.handler,
      actions: ['kinesis:PutRecord'],
      resourceArns: [stream.streamArn],
    });
    stream.encryptionKey?.grant(this.handler, 'kms:GenerateDataKey');
    this.schedule = new Rule(this, 'EachMinute', {
      schedule: Schedule.rate(Duration.minutes(1)),
      // The next minute's run does what this one did not.
      targets: [new LambdaFunction(this.handler.function, { retryAttempts: 0, maxEventAge: Duration.minutes(1) })],
    });
  }
}
