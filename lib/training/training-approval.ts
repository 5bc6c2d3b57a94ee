import type { Duration } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { IntegrationPattern, JsonPath, Succeed, Timeout } from 'aws-cdk-lib/aws-stepfunctions';
import { CallAwsService } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';

export interface ApprovalTimes {
  /** How long the approval may take. */
  readonly timeout: Duration;
  /** How long it may take without a sign of anybody who looks at it. */
  readonly heartbeat: Duration;
}

/**
 * A state that leaves its token where an approver finds it, and waits. Refused or not approved in time, the champion
 * stays and the execution succeeds: that is an outcome, and no fault.
 */
export function waitForApproval(
  scope: Construct,
  stages: ITable,
  { timeout, heartbeat }: ApprovalTimes,
): CallAwsService {
  const run = JsonPath.format('run#{}', JsonPath.stringAt('$$.Execution.Name'));
  const approve = new CallAwsService(scope, 'Approve', {
    service: 'dynamodb',
    action: 'updateItem',
    integrationPattern: IntegrationPattern.WAIT_FOR_TASK_TOKEN,
    parameters: {
      TableName: stages.tableName,
      Key: { id: { S: run }, part: { S: 'run' } },
      UpdateExpression: 'SET #token = :token',
      ExpressionAttributeNames: { '#token': 'token' },
      ExpressionAttributeValues: { ':token': { S: JsonPath.taskToken } },
    },
    iamResources: [stages.tableArn],
    taskTimeout: Timeout.duration(timeout),
    heartbeatTimeout: Timeout.duration(heartbeat),
    resultPath: '$.approval',
  });
  const stays = new Succeed(scope, 'ChampionStays', { comment: 'Refused, or not approved in time' });
  approve.addCatch(stays, {
    errors: ['Refused', 'States.Timeout', 'States.HeartbeatTimeout'],
    resultPath: '$.refusal',
  });
  return approve;
}
