import { createHash, createHmac } from 'node:crypto';
import { holds, type Item, type Updating, updated } from './dynamo.ts';
import { type Reply, type Request, type Server, serve } from './server.ts';
import { type QueryParameters, query, type TransactionParameters, transact } from './transactions.ts';

/** One call to the cloud. */
export interface Call {
  /** `PutItem`, `GetItem`, `UpdateItem`, `PutRecord`, `SendMessage`, `GenerateMac` or `PutObject`. */
  readonly operation: string;
  /** Name of the table, stream, queue, key or bucket. */
  readonly resource: string;
  /** Id of the item or of the message's document, partition key of the record or key of the object; else empty. */
  readonly id: string;
  /** The access key that signed it. */
  readonly accessKey: string;
}

/**
 * What goes wrong with a call; with `lost-answer` and `done-but-refused` it takes effect, but the caller never learns of
 * it, and with the latter does not try again.
 */
export type Fault = 'cut' | 'hang' | 'lost-answer' | 'refused' | 'done-but-refused';

/** The wire protocol of five services in memory, for the calls that the handlers make. Anything else is answered 500. */
export interface Cloud extends Server {
  /** Items by table and application id. */
  readonly items: Map<string, Item>;
  /** Bodies by bucket and key. */
  readonly objects: Map<string, string>;
  /** Bucket and key of every write that made an object or a version of one. */
  readonly objectWrites: string[];
  readonly records: { readonly PartitionKey: string; readonly Data: string }[];
  /** Bodies of the messages that were sent to a queue. */
  readonly messages: string[];
  readonly calls: Call[];
  /** Table and id of every write that made or replaced an item. */
  readonly itemWrites: string[];
  /** The configuration of the mode, as AppConfig gives it to instances. */
  mode: string;
  /** Its hosted versions, the first at index 0. */
  readonly modeVersions: string[];
  /** Decides on the fault of each call. */
  fault: (call: Call) => Fault | undefined;
  /** Holds each call until it is its turn to be dealt with. */
  turn: () => Promise<void>;
  /** Whether the conditions of writes are heeded; a table without them shows what they are for. */
  heedsConditions: boolean;
  /** Forgets everything but its address. */
  reset(): void;
}

/** The parameters of the JSON protocols, as far as the handlers give them. */
interface Parameters extends Updating, TransactionParameters, QueryParameters {
  readonly TableName?: string;
  readonly StreamName?: string;
  readonly KeyId?: string;
  readonly Item?: Item;
  readonly Key?: Item;
  readonly stateMachineArn?: string;
  readonly name?: string;
  readonly PartitionKey?: string;
  readonly Data?: string;
  readonly Message?: string;
  readonly QueueUrl?: string;
  readonly MessageBody?: string;
}

const normal = JSON.stringify({ mode: 'normal', reason: 'as deployed', by: 'deployment' });

export async function startCloud(): Promise<Cloud> {
  const server = await serve((request) => receive(cloud, request));
  const cloud: Cloud = {
    ...server,
    items: new Map(),
    objects: new Map(),
    objectWrites: [],
    records: [],
    messages: [],
    calls: [],
    itemWrites: [],
    mode: normal,
    modeVersions: [],
    fault: () => undefined,
    turn: () => Promise.resolve(),
    heedsConditions: true,
    reset: () => {
      cloud.items.clear();
      cloud.itemWrites.length = 0;
      cloud.turn = () => Promise.resolve();
      cloud.heedsConditions = true;
      cloud.objects.clear();
      cloud.objectWrites.length = 0;
      cloud.records.length = 0;
      cloud.messages.length = 0;
      cloud.calls.length = 0;
      cloud.mode = normal;
      cloud.modeVersions.length = 0;
      cloud.fault = () => undefined;
    },
  };
  return cloud;
}

async function receive(cloud: Cloud, request: Request): Promise<Reply> {
  const target = request.headers['x-amz-target'];
  const parameters = target === undefined ? undefined : (JSON.parse(request.body.toString()) as Parameters);
  const accessKey = /Credential=(\w+)/.exec(request.headers.authorization ?? '')?.[1] ?? '';
  const call = { ...(parameters ? callOf(String(target), parameters) : callByPath(request)), accessKey };
  cloud.calls.push(call);
  await cloud.turn();
  const fault = cloud.fault(call);
  if (fault === 'cut' || fault === 'hang') return fault;
  if (fault === 'refused') return refusal;
  const reply = parameters ? perform(cloud, call, parameters) : performByPath(cloud, call, request);
  if (fault === 'done-but-refused') return refusal;
  return fault === 'lost-answer' ? 'cut' : reply;
}

function callOf(target: string, parameters: Parameters): Omit<Call, 'accessKey'> {
  const { TableName, StreamName, KeyId, QueueUrl, MessageBody, Item, Key, PartitionKey, stateMachineArn, name } =
    parameters;
  return {
    operation: target.split('.')[1] ?? '',
    resource: TableName ?? StreamName ?? KeyId ?? QueueUrl?.split('/').at(-1) ?? stateMachineArn ?? '',
    id: idOf(Item ?? Key) ?? PartitionKey ?? name ?? idOfMessage(MessageBody) ?? '',
  };
}

/** A table's key is the application's id, or else the one attribute that is given. */
function idOf(item: Item | undefined): string | undefined {
  return (item?.['applicationId'] ?? Object.values(item ?? {})[0])?.S;
}

/** AppConfig and S3 say by method and path what they are asked for. */
function callByPath({ method, path }: Request): Omit<Call, 'accessKey'> {
  const mode = { '/configurationsessions': 'StartConfigurationSession', '/configuration': 'GetLatestConfiguration' };
  if (path in mode) return { operation: mode[path as keyof typeof mode], resource: 'mode', id: '' };
  if (path.endsWith('/hostedconfigurationversions')) return modeCall('CreateHostedConfigurationVersion');
  if (path.endsWith('/deployments')) return modeCall('StartDeployment');
  const [, resource = '', ...key] = decodeURIComponent(path).split('/');
  const operation = { PUT: 'PutObject', GET: 'GetObject' }[method] ?? `${method} of an object`;
  return { operation, resource, id: key.join('/') };
}

const modeCall = (operation: string) => ({ operation, resource: 'mode', id: '' });

function performByPath(cloud: Cloud, call: Call, request: Request): Reply {
  switch (call.operation) {
    case 'StartConfigurationSession':
      return json(201, { InitialConfigurationToken: 'first' });
    case 'GetLatestConfiguration': {
      const headers = { 'next-poll-configuration-token': 'next', 'next-poll-interval-in-seconds': '15' };
      return { status: 200, type: 'application/json', body: cloud.mode, headers };
    }
    case 'CreateHostedConfigurationVersion':
      cloud.modeVersions.push(request.body.toString());
      return { ...json(201, {}), headers: { 'version-number': String(cloud.modeVersions.length) } };
    case 'StartDeployment':
      cloud.mode = cloud.modeVersions.at(-1) ?? '';
      return json(201, { DeploymentNumber: cloud.modeVersions.length });
    case 'GetObject':
      return getObject(cloud, call);
    default:
      return putObject(cloud, call, request);
  }
}

function getObject(cloud: Cloud, { resource, id }: Call): Reply {
  const body = cloud.objects.get(`${resource}/${id}`);
  if (body !== undefined) return { status: 200, type: 'application/octet-stream', body };
  return { status: 404, type: 'application/xml', body: '<Error><Code>NoSuchKey</Code></Error>' };
}

function perform(cloud: Cloud, { operation, resource, id }: Call, parameters: Parameters): Reply {
  const place = `${resource}/${id}`;
  switch (operation) {
    case 'PutItem':
      return putItem(cloud, place, parameters);
    case 'GetItem':
      return json(200, { Item: cloud.items.get(place) });
    case 'UpdateItem':
      return updateItem(cloud, place, parameters);
    case 'DeleteItem':
      return deleteItem(cloud, place, parameters);
    case 'Scan':
      return json(200, {
        Items: [...cloud.items].flatMap(([key, item]) => (key.startsWith(`${resource}/`) ? [item] : [])),
      });
    case 'TransactWriteItems':
      return transactWrite(cloud, parameters);
    case 'Query':
      return json(200, { Items: query(cloud.items, parameters) });
    case 'StartExecution':
      return json(200, { executionArn: `${resource}:${id}`, startDate: 0 });
    case 'PutRecord':
      cloud.records.push({ PartitionKey: id, Data: parameters.Data ?? '' });
      return json(200, { ShardId: 'shardId-000000000000', SequenceNumber: String(cloud.records.length) });
    case 'SendMessage':
      return sendMessage(cloud, parameters.MessageBody ?? '');
    case 'GenerateMac':
      return json(200, { Mac: macOf(resource, Buffer.from(parameters.Message ?? '', 'base64')) });
    default:
      throw new Error(`the stand-in of the cloud does not know ${operation}`);
  }
}

function putItem(cloud: Cloud, place: string, parameters: Parameters): Reply {
  const earlier = cloud.items.get(place);
  if (!parameters.Item) throw new Error('PutItem without an item');
  if (cloud.heedsConditions && !holds(parameters, earlier)) return conditionFailed(earlier);
  cloud.items.set(place, parameters.Item);
  cloud.itemWrites.push(place);
  return json(200, { Attributes: earlier });
}

function transactWrite(cloud: Cloud, parameters: Parameters): Reply {
  const CancellationReasons = transact(cloud.items, parameters);
  const type = 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException';
  return CancellationReasons ? json(400, { __type: type, message: 'cancelled', CancellationReasons }) : json(200, {});
}

function updateItem(cloud: Cloud, place: string, parameters: Parameters): Reply {
  const earlier = cloud.items.get(place);
  if (!holds(parameters, earlier)) return conditionFailed(earlier);
  const after = updated(parameters, earlier ?? parameters.Key ?? {});
  cloud.items.set(place, after);
  return json(200, { Attributes: after });
}

function idOfMessage(body: string | undefined): string | undefined {
  return body === undefined ? undefined : (JSON.parse(body) as { id?: string }).id;
}

function sendMessage(cloud: Cloud, body: string): Reply {
  cloud.messages.push(body);
  const MD5OfMessageBody = createHash('md5').update(body).digest('hex');
  return json(200, { MessageId: String(cloud.messages.length), MD5OfMessageBody });
}

function macOf(key: string, message: Buffer): string {
  return createHmac('sha256', key).update(message).digest('base64');
}

function putObject(cloud: Cloud, { operation, resource, id }: Call, { headers, body }: Request): Reply {
  if (operation !== 'PutObject') throw new Error(`the stand-in of the cloud does not know ${operation}`);
  const place = `${resource}/${id}`;
  if (headers['if-none-match'] === '*' && cloud.objects.has(place)) {
    return { status: 412, type: 'application/xml', body: '<Error><Code>PreconditionFailed</Code></Error>' };
  }
  cloud.objects.set(place, body.toString());
  cloud.objectWrites.push(place);
  return { status: 200, type: 'application/xml', body: '' };
}

const refusal = json(400, { __type: 'AccessDeniedException', message: 'not allowed' });

function deleteItem(cloud: Cloud, place: string, parameters: Parameters): Reply {
  const earlier = cloud.items.get(place);
  if (!holds(parameters, earlier)) return conditionFailed(earlier);
  cloud.items.delete(place);
  return json(200, {});
}

function conditionFailed(earlier: Item | undefined): Reply {
  const type = 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException';
  return json(400, { __type: type, message: 'The conditional request failed', Item: earlier });
}

function json(status: number, body: unknown): Exclude<Reply, string> {
  return { status, type: 'application/x-amz-json-1.1', body: JSON.stringify(body) };
}
