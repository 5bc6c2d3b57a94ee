import { setTimeout as sleep } from 'node:timers/promises';
import { CreateStackCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { paginateScan } from '@aws-sdk/client-dynamodb';
import { KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { type Clients, credentials, region } from '../local/start/aws.ts';

/** The least that a stream and a function can do: it says when it has each record, and nothing else. */
const handler = `
const { DynamoDBClient, PutItemCommand } = require('@aws-sdk/client-dynamodb');
const client = new DynamoDBClient();
exports.handler = async ({ Records }) => {
  await Promise.all(Records.map(({ kinesis }) => {
    const id = Buffer.from(kinesis.data, 'base64').toString();
    const Item = { id: { S: id }, at: { N: String(Date.now()) } };
    return client.send(new PutItemCommand({ TableName: process.env.TABLE, Item }));
  }));
};`;

const template = {
  Resources: {
    Stream: { Type: 'AWS::Kinesis::Stream', Properties: { Name: 'bench-echo', ShardCount: 1 } },
    Table: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        TableName: 'bench-echo',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      },
    },
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
        },
      },
    },
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Timeout: 30,
        MemorySize: 512,
        Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
        Code: { ZipFile: handler },
        Environment: { Variables: { TABLE: { Ref: 'Table' } } },
      },
    },
    Mapping: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        EventSourceArn: { 'Fn::GetAtt': ['Stream', 'Arn'] },
        FunctionName: { Ref: 'Function' },
        StartingPosition: 'TRIM_HORIZON',
        BatchSize: 100,
      },
    },
  },
};

/** A bare stream and its function, on the same embedded cloud. */
export interface StreamEcho {
  /** Milliseconds from each put to the instant at which the function has it, at a fixed rate, without the first ones. */
  measure(count: number, perSecond: number): Promise<readonly number[]>;
}

/** Records that bring the function up, and are not counted. */
const warmUp = 20;
const longestMs = 60_000;

export async function streamEcho(endpoint: string, { cloudFormation, dynamo }: Clients): Promise<StreamEcho> {
  const StackName = 'BenchEcho';
  await cloudFormation.send(
    new CreateStackCommand({ StackName, TemplateBody: JSON.stringify(template), Capabilities: ['CAPABILITY_IAM'] }),
  );
  await until(async () => {
    const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
    return Stacks?.[0]?.StackStatus === 'CREATE_COMPLETE';
  });
  const kinesis = new KinesisClient({ endpoint, region, credentials });
  let run = 0;
  return {
    measure: async (count, perSecond) => {
      run += 1;
      const putAt = new Map<string, number>();
      const put = async (index: number) => {
        await sleep((index * 1_000) / perSecond);
        const id = `${run}-${index}`;
        putAt.set(id, Date.now());
        const record = { StreamName: 'bench-echo', PartitionKey: id, Data: new TextEncoder().encode(id) };
        await kinesis.send(new PutRecordCommand(record));
      };
      await Promise.all(Array.from({ length: warmUp + count }, (_, index) => put(index)));
      const arrivals = new Map<string, number>();
      await until(async () => {
        for await (const { Items = [] } of paginateScan({ client: dynamo }, { TableName: 'bench-echo' })) {
          for (const { id, at } of Items) arrivals.set(String(id?.S), Number(at?.N));
        }
        return [...putAt.keys()].every((id) => arrivals.has(id));
      });
      return [...putAt].slice(warmUp).map(([id, at]) => (arrivals.get(id) as number) - at);
    },
  };
}

async function until(look: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + longestMs;
  while (!(await look())) {
    if (Date.now() > end) throw new Error(`the bare stream has not answered for ${longestMs / 1_000} s`);
    await sleep(200);
  }
}
