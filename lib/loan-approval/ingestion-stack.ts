import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { type Alarm, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { ArchiverEnvironment } from '../../lambdas/archiver/environment.ts';
import type { ConsumerEnvironment } from '../../lambdas/consumer/environment.ts';
import type { IntakeEnvironment } from '../../lambdas/intake/environment.ts';
import type { RedriveEnvironment } from '../../lambdas/redrive/environment.ts';
import { grantReadItems, grantReadObjects, grantWriteItems } from '../common/grants.ts';
import { HandlerFunction } from '../common/handler-function.ts';
import { ResumeKept } from '../decision/resume-kept.ts';
import { FeatureWriter } from '../ingestion/feature-writer.ts';
import { Redrive } from '../ingestion/redrive.ts';
import { StreamArchive } from '../ingestion/stream-archive.ts';
import { StreamIngestion } from '../ingestion/stream-ingestion.ts';
import { alarmPeriod, createAlarms } from '../monitoring/alarms.ts';
import { Canary } from '../monitoring/canary.ts';
import type { silentFailureContract } from '../monitoring/contract.ts';
import { decisionFlow } from './decision-flow.ts';
import type { DecisionStack } from './decision-stack.ts';
import type { FoundationStack } from './foundation-stack.ts';
import type { OutcomesStack } from './outcomes-stack.ts';
import type { OversightStack } from './oversight-stack.ts';
import type { ServingStack } from './serving-stack.ts';

export interface IngestionStackProps extends StackProps {
  readonly foundation: FoundationStack;
  readonly decision: DecisionStack;
  readonly serving: ServingStack;
  readonly outcomes: OutcomesStack;
  readonly oversight: OversightStack;
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
  /**
   * States in which the bank may not lend, such as `PR`: applications from there wait in quarantine.
   * @default - none
   */
  readonly statesNotServed?: readonly string[];
  /**
   * Whether the stream and what failed go with the stack; it takes the context flag `seaworthy:destroyData` as well.
   * @default false
   */
  readonly destroyData?: boolean;
}

type AlarmName = 'apiErrors' | 'apiSlow';

/** The stage of the API: its address has none. */
const stageName = '$default';

/** The way of an application: HTTP API, stream, consumer. */
export class IngestionStack extends Stack {
  readonly api: HttpApi;
  readonly intake: HandlerFunction;
  readonly ingestion: StreamIngestion;
  readonly redrive: Redrive;
  readonly archive: StreamArchive;
  readonly featureWriter: FeatureWriter;
  /** Puts applications that were kept back on the stream. */
  readonly resume: ResumeKept;
  /** Alarms of the API; the stream's, the decisions' and the handlers' are theirs. */
  readonly alarms: Readonly<Record<AlarmName, Alarm>>;
  /** What rings when the flow of decisions breaks and nothing reports an error. */
  readonly flowAlarms: ReturnType<typeof silentFailureContract>;
  /** Goes the way of an application, at all hours. */
  readonly canary: Canary;

  constructor(scope: Construct, id: string, props: IngestionStackProps) {
    super(scope, id, props);
    this.ingestion = this.#createIngestion(props);
    this.redrive = this.#createRedrive(props);
    this.archive = this.#createArchive(props);
    this.featureWriter = new FeatureWriter(this, 'FeatureWriter', {
      stream: this.ingestion.stream,
      features: props.outcomes.features,
      pseudonymKey: props.decision.pseudonymKey,
      encryptionKey: props.foundation.key,
      alarmTopic: props.foundation.alarmTopic,
      accessLogs: props.foundation.accessLogs,
      destroyData: props.destroyData,
    });
    this.intake = this.#createIntake(props);
    this.resume = new ResumeKept(this, 'ResumeKept', {
      service: props.decision.service,
      stream: this.ingestion.stream,
      encryptionKey: props.foundation.key,
      alarmTopic: props.foundation.alarmTopic,
    });
    this.api = this.#createApi(props);
    this.alarms = this.#createAlarms(props);
    const { key: encryptionKey, alarmTopic } = props.foundation;
    this.canary = new Canary(this, 'Canary', { api: this.api, stageName, encryptionKey, alarmTopic });
    const { intake, ingestion, canary } = this;
    this.flowAlarms = decisionFlow(new Construct(this, 'Flow'), { intake, ingestion, canary, topic: alarmTopic });
    new CfnOutput(this, 'ApiUrl', { value: this.api.apiEndpoint });
    new CfnOutput(this, 'StreamName', { value: this.ingestion.stream.streamName });
    new CfnOutput(this, 'FailureBucketName', { value: this.ingestion.failureBucket.bucketName });
    new CfnOutput(this, 'ArchiveBucketName', { value: this.archive.bucket.bucketName });
    new CfnOutput(this, 'FeaturesGivenUpBucketName', { value: this.featureWriter.givenUp.bucketName });
    new CfnOutput(this, 'CanaryFunctionName', { value: this.canary.handler.function.functionName });
    new CfnOutput(this, 'RedriveFunctionName', { value: this.redrive.handler.function.functionName });
  }

  #createIngestion(props: IngestionStackProps): StreamIngestion {
    const { foundation, decision, serving } = props;
    const { humanReview } = props.oversight;
    const environment: Omit<ConsumerEnvironment, 'FAILURE_BUCKET'> = {
      ...decision.service.environment,
      AUDIT_QUEUE_URL: foundation.auditTrail.queue.queueUrl,
      MODEL_URL: serving.modelService.url,
      MODEL_REGISTRY: serving.registry.s3UrlForObject(serving.model),
      PSEUDONYM_KEY_ID: decision.pseudonymKey.keyArn,
      COST_RATIO: String(props.costRatio ?? 5),
      REFER_MARGIN: String(props.referMargin ?? 0.02),
      STATES_NOT_SERVED: listOf(props.statesNotServed),
      CASES_TABLE: humanReview.cases.tableName,
      STAGES_TABLE: humanReview.stagesTable,
      WORKFLOW_ARN: humanReview.workflow.stateMachine.stateMachineArn,
      REVIEW_SETTINGS: humanReview.settings,
    };
    const ingestion = new StreamIngestion(this, 'StreamIngestion', {
      handler: 'consumer',
      environment,
      encryptionKey: foundation.key,
      alarmTopic: foundation.alarmTopic,
      accessLogs: foundation.accessLogs,
      vpc: foundation.vpc,
      destroyData: props.destroyData,
    });
    const { consumer } = ingestion;
    grantReadItems(decision.decisions, consumer);
    decision.service.grantDecide(consumer);
    grantReadObjects(serving.registry, consumer, `${serving.model}/`);
    decision.pseudonymKey.grantGenerateMac(consumer);
    foundation.auditTrail.grantAppend(consumer);
    humanReview.grantOpen(consumer);
    serving.modelService.allowFrom(consumer.function);
    return ingestion;
  }

  #createRedrive({ foundation, statesNotServed }: IngestionStackProps): Redrive {
    const environment: Pick<RedriveEnvironment, 'STATES_NOT_SERVED'> = { STATES_NOT_SERVED: listOf(statesNotServed) };
    return new Redrive(this, 'Redrive', {
      handler: 'redrive',
      environment,
      ingestion: this.ingestion,
      auditTrail: foundation.auditTrail,
      encryptionKey: foundation.key,
      alarmTopic: foundation.alarmTopic,
    });
  }

  #createArchive({ foundation, decision, destroyData }: IngestionStackProps): StreamArchive {
    const environment: Pick<ArchiverEnvironment, 'PSEUDONYM_KEY_ID'> = {
      PSEUDONYM_KEY_ID: decision.pseudonymKey.keyArn,
    };
    const archive = new StreamArchive(this, 'StreamArchive', {
      handler: 'archiver',
      environment,
      ingestion: this.ingestion,
      encryptionKey: foundation.key,
      alarmTopic: foundation.alarmTopic,
      accessLogs: foundation.accessLogs,
      destroyData,
    });
    decision.pseudonymKey.grantGenerateMac(archive.archiver);
    return archive;
  }

  #createIntake({ foundation, decision }: IngestionStackProps): HandlerFunction {
    const environment: IntakeEnvironment = {
      APPLICATIONS_TABLE: decision.applications.tableName,
      DECISIONS_TABLE: decision.decisions.tableName,
      STREAM_NAME: this.ingestion.stream.streamName,
      PSEUDONYM_KEY_ID: decision.pseudonymKey.keyArn,
    };
    const intake = new HandlerFunction(this, 'Intake', {
      handler: 'intake',
      environment,
      encryptionKey: foundation.key,
      alarmTopic: foundation.alarmTopic,
    });
    grantReadItems(decision.applications, intake);
    grantWriteItems(decision.applications, intake, 'dynamodb:PutItem', 'dynamodb:UpdateItem');
    grantReadItems(decision.decisions, intake);
    decision.pseudonymKey.grantGenerateMac(intake);
    this.ingestion.grantPut(intake);
    return intake;
  }

  /** Callers sign their requests; the access log has who and what result, and nothing of the content. */
  #createApi({ foundation, decision, outcomes, oversight }: IngestionStackProps): HttpApi {
    const api = new HttpApi(this, 'Api', { createDefaultStage: false, defaultAuthorizer: new HttpIamAuthorizer() });
    const logGroup = new LogGroup(this, 'ApiLog', {
      encryptionKey: foundation.key,
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new HttpStage(this, 'Stage', {
      httpApi: api,
      stageName,
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
      path: '/canaries',
      methods: [HttpMethod.POST],
      integration: new HttpLambdaIntegration('Canaries', this.intake.function),
    });
    api.addRoutes({
      path: '/applications/{applicationId}',
      methods: [HttpMethod.GET],
      integration: new HttpLambdaIntegration('Status', decision.status.function),
    });
    api.addRoutes({
      path: '/decisions/{applicationId}/contest',
      methods: [HttpMethod.POST],
      integration: new HttpLambdaIntegration('Contest', oversight.humanReview.contest.function),
    });
    api.addRoutes({
      path: '/decisions/{applicationId}',
      methods: [HttpMethod.GET],
      integration: new HttpLambdaIntegration('Explain', decision.service.explain.function),
    });
    api.addRoutes({
      path: '/outcomes',
      methods: [HttpMethod.POST],
      integration: new HttpLambdaIntegration('Outcomes', outcomes.feed.handler.function),
    });
    return api;
  }
  #createAlarms({ foundation }: IngestionStackProps) {
    const threeOfFive = { evaluationPeriods: 5, datapointsToAlarm: 3 };
    return createAlarms<AlarmName>(this, foundation.alarmTopic, 'intake', {
      apiErrors: {
        metric: this.#apiMetric('5xx', 'Sum'),
        meaning: 'The API answers with errors: applications are not taken in.',
        severity: 'page',
        threshold: 1,
        ...threeOfFive,
      },
      apiSlow: {
        metric: this.#apiMetric('Latency', 'p99'),
        meaning: 'One answer in a hundred of the API takes two seconds or more.',
        threshold: 2000,
        minimumSamples: 20,
        ...threeOfFive,
      },
    });
  }

  #apiMetric(metricName: string, statistic: string): Metric {
    const dimensionsMap = { ApiId: this.api.apiId, Stage: stageName };
    return new Metric({ namespace: 'AWS/ApiGateway', metricName, dimensionsMap, statistic, period: alarmPeriod });
  }
}

/** States as a handler's environment has them. */
function listOf(states: readonly string[] = []): string {
  return states.length > 0 ? states.join(',') : 'none';
}
