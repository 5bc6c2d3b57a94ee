import { RemovalPolicy } from 'aws-cdk-lib';
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpUserPoolAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IUserPool, IUserPoolClient } from 'aws-cdk-lib/aws-cognito';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

export interface ReviewApiProps {
  readonly handler: IFunction;
  /** Serves the proofs of cases. */
  readonly proof: IFunction;
  readonly userPool: IUserPool;
  readonly userPoolClients: IUserPoolClient[];
  readonly encryptionKey: IKey;
}

const { GET, POST, DELETE } = HttpMethod;

/** What the handler serves. */
const routes: readonly (readonly [HttpMethod, string])[] = [
  [GET, '/reviewer'],
  [GET, '/reviews'],
  [GET, '/reviews/{caseId}'],
  [POST, '/reviews/{caseId}/claim'],
  [DELETE, '/reviews/{caseId}/claim'],
  [POST, '/reviews/{caseId}/verdict'],
  [POST, '/reviews/{caseId}/referral'],
  [POST, '/reviews/{caseId}/second-opinion'],
  [POST, '/known-cases'],
];

/** The stage that serves the console: `/api` of its own address, so that the page needs no other origin. */
export const stageName = 'api';

/** The HTTP API of the review: whoever signed in to the user pool comes in; the handler decides who may what. */
export class ReviewApi extends Construct {
  readonly api: HttpApi;
  readonly stage: HttpStage;

  constructor(scope: Construct, id: string, props: ReviewApiProps) {
    super(scope, id);
    const { userPoolClients } = props;
    this.api = new HttpApi(this, 'Api', {
      createDefaultStage: false,
      defaultAuthorizer: new HttpUserPoolAuthorizer('Reviewers', props.userPool, { userPoolClients }),
    });
    const logGroup = new LogGroup(this, 'Log', {
      encryptionKey: props.encryptionKey,
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName,
      autoDeploy: true,
      throttle: { rateLimit: 50, burstLimit: 100 },
      detailedMetricsEnabled: true,
      accessLogSettings: { destination: new LogGroupLogDestination(logGroup) },
    });
    const integration = new HttpLambdaIntegration('Review', props.handler);
    this.api.addRoutes({
      path: '/reviews/{caseId}/proof',
      methods: [GET],
      integration: new HttpLambdaIntegration('Proof', props.proof),
    });
    for (const [method, path] of routes) this.api.addRoutes({ path, methods: [method], integration });
  }
}
