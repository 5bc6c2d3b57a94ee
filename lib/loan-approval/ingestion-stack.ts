import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { type Alarm, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { ConsumerEnvironment } from '../../lambdas/consumer/environment.ts';
import type { IntakeEnvironment } from '../../lambdas/intake/environment.ts';
import { HandlerFunction } from '../common/handler-function.ts';
import { StreamIngestion } from '../ingestion/stream-ingestion.ts';
import { alarmPeriod, createAlarms } from '../monitoring/alarms.ts';
import type { DecisionStack } from './decision-stack.ts';
import type { FoundationStack } from './foundation-stack.ts';
import type { ServingStack } from './serving-stack.ts';

export interface IngestionStackProps extends StackProps {
  readonly foundation: FoundationStack;
  readonly decision: DecisionStack;
  readonly serving: ServingStack;
  /**
   * Cost of a bad loan accepted over the cost of a good one refused.
   * @default 5
   */
  readonly costRatio?: number;
  /**
   * Scores nearer than this to the threshold go to a person.
   * @default 0.02
   */
  readonly referMargin?: number;
}

/** The way of an application: HTTP API, stream, consumer. */
export class IngestionStack extends Stack {
  readonly api: HttpApi;
  readonly intake: HandlerFunction;
  readonly ingestion: StreamIngestion;
  readonly alarms: Readonly<Record<'intakeErrors' | 'apiErrors', Alarm>>;

  constructor(scope: Construct, id: string, props: IngestionStackProps) {
    super(scope, id, props);
    this.ingestion = this.#createIngestion(props);
    this.intake = this.#createIntake(props);
    this.api = this.#createApi(props);
    this.alarms = createAlarms(this, props.foundation.alarmTopic, 'intake', {
      intakeErrors: {
        metric: this.intake.function.metricErrors({ period: alarmPeriod }),
        meaning: 'The intake handler fails: applications are not taken in.',
        threshold: 1,
        evaluationPeriods: 3,
        datapointsToAlarm: 2,
      },
      apiErrors: {
        metric: new Metric({
          namespace: 'AWS/ApiGateway',
          metricName: '5xx',
          dimensionsMap: { ApiId: this.api.apiId, Stage: '$default' },
          statistic: 'Sum',
          period: alarmPeriod,
        }),
        meaning: 'The API answers with errors of its own.',
        threshold: 1,
        evaluationPeriods: 3,
        datapointsToAlarm: 2,
      },
    });
    new CfnOutput(this, 'ApiUrl', { value: this.api.apiEndpoint });
    new CfnOutput(this, 'StreamName', { value: this.ingestion.stream.streamName });
    new CfnOutput(this, 'FailureBucketName', { value: this.ingestion.failureBucket.bucketName });
  }

  #createIngestion({ foundation, decision, serving, costRatio, referMargin }: IngestionStackProps): StreamIngestion {
    const { modelService } = serving;
    const environment: Omit<ConsumerEnvironment, 'FAILURE_BUCKET'> = {
      DECISIONS_TABLE: decision.decisions.tableName,
      AUDIT_BUCKET: foundation.auditTrail.bucket.bucketName,
      MODEL_URL: modelService.url,
      PSEUDONYM_KEY_ID: decision.pseudonymKey.keyArn,
      COST_RATIO: String(costRatio ?? 5),
      REFER_MARGIN: String(referMargin ?? 0.02),
    };
    const ingestion = new StreamIngestion(this, 'StreamIngestion', {
      handler: 'consumer',
      environment,
      encryptionKey: foundation.key,
      alarmTopic: foundation.alarmTopic,
      accessLogs: foundation.accessLogs,
      vpc: foundation.vpc,
      destroyData: true,
    });
    const consumer = ingestion.consumer.function;
    decision.decisions.grant(consumer, 'dynamodb:GetItem', 'dynamodb:PutItem');
    decision.pseudonymKey.grantGenerateMac(consumer);
    foundation.auditTrail.grantAppend(consumer);
    foundation.key.grantEncryptDecrypt(consumer);
    consumer.connections.allowTo(modelService.loadBalancer, modelService.port, 'scores');
    return ingestion;
  }

  #createIntake({ foundation, decision }: IngestionStackProps): HandlerFunction {
    const environment: IntakeEnvironment = {
      APPLICATIONS_TABLE: decision.applications.tableName,
      DECISIONS_TABLE: decision.decisions.tableName,
      STREAM_NAME: this.ingestion.stream.streamName,
    };
    const intake = new HandlerFunction(this, 'Intake', {
      handler: 'intake',
      environment,
      encryptionKey: foundation.key,
    });
    decision.applications.grant(intake.function, 'dynamodb:PutItem', 'dynamodb:UpdateItem');
    decision.decisions.grant(intake.function, 'dynamodb:GetItem');
    foundation.key.grantEncryptDecrypt(intake.function);
    this.ingestion.grantPut(intake.function);
    return intake;
  }

  /** Callers sign their requests; the access log has who and what result, and nothing of the content. */
  #createApi({ foundation, decision }: IngestionStackProps): HttpApi {
    const api = new HttpApi(this, 'Api', { createDefaultStage: false, defaultAuthorizer: new HttpIamAuthorizer() });
    const logGroup = new LogGroup(this, 'ApiLog', {
      encryptionKey: foundation.key,
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new HttpStage(this, 'Stage', {
      httpApi: api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: 500, burstLimit: 1000 },
      detailedMetricsEnabled: true,
      accessLogSettings: { destination: new LogGroupLogDestination(logGroup) },
    });
    api.addRoutes({
      path: '/applications',
      methods: [HttpMethod.POST],
      integration: new HttpLambdaIntegration('Intake', this.intake.function),
    });
    api.addRoutes({
      path: '/applications/{applicationId}',
      methods: [HttpMethod.GET],
      integration: new HttpLambdaIntegration('Status', decision.status.function),
    });
    return api;
  }
}
