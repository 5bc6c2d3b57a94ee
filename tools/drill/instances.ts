import { DeleteItemCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import { GetFunctionConfigurationCommand, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { drillVariable, type Platform } from './platform.ts';
import { until } from './until.ts';

/**
 * Gives the function that decides an environment, and with it new instances: one that had read a file before it was
 * damaged would go on with it, as it should.
 */
export async function renewInstances(
  platform: Platform,
  changes: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  return configure(platform, { ...platform.environment, ...changes, [drillVariable]: String(Date.now()) }, signal);
}

/** Gives the function that decides what it was deployed with, and every breaker the state of a new one. */
export async function restoreInstances(platform: Platform, signal: AbortSignal): Promise<void> {
  await configure(platform, platform.environment, signal);
  await forgetBreakers(platform);
}

async function configure(
  { lambda, consumer }: Platform,
  variables: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  await lambda.send(
    new UpdateFunctionConfigurationCommand({ FunctionName: consumer, Environment: { Variables: { ...variables } } }),
    { abortSignal: signal },
  );
  await until(
    'the new environment of the function',
    async () => {
      const { LastUpdateStatus } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: consumer }));
      return LastUpdateStatus === 'InProgress' ? undefined : true;
    },
    signal,
  );
}

/** An open breaker would outlive its fault by up to a minute, and the next drill would find its rung passed over. */
async function forgetBreakers({ dynamo, environment }: Platform): Promise<void> {
  const TableName = environment['BREAKERS_TABLE'] as string;
  const names = {
    ProjectionExpression: '#name',
    ExpressionAttributeNames: { '#name': 'name' },
    // Which configuration was recorded last is of no breaker.
    FilterExpression: 'NOT begins_with(#name, :setting)',
    ExpressionAttributeValues: { ':setting': { S: 'setting ' } },
  };
  for await (const { Items = [] } of paginateScan({ client: dynamo }, { TableName, ...names })) {
    for (const Key of Items) await dynamo.send(new DeleteItemCommand({ TableName, Key }));
  }
}
