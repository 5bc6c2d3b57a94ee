import { type DynamoDBClient, GetItemCommand, PutItemCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import type { ModeDocument } from '../modes/mode.ts';
import type { Deadline } from '../resilience/deadline.ts';
import type { DecisionSums, OutcomeSums, Part } from './sums.ts';

/** Too many defaults were found, and nobody has answered yet by letting more be decided without people again. */
export interface Ring {
  /** YYYY-MM: the month at whose end it rang. */
  readonly month: string;
  readonly observed: number;
  readonly expected: number;
  /** The mode that held before, or null if it was none that is known. */
  readonly before: ModeDocument | null;
}

/** What a run hands on to the next. */
export interface Control {
  /** The last day that is over and added up: YYYY-MM-DD. */
  readonly closed: string;
  /** YYYY-MM: evidence is gathered from here on; absent, from the first loan on. */
  readonly since?: string;
  readonly ring?: Ring;
}

/** Sums of decisions, or of outcomes, and which. */
export type Kept =
  | (Part & { readonly of: 'decisions'; readonly sums: DecisionSums })
  | (Part & { readonly of: 'outcomes'; readonly sums: OutcomeSums });

export interface StateStore {
  readonly dynamo: DynamoDBClient;
  /** By `month` and `part`. */
  readonly table: string;
}

const controlKey = { month: { S: 'control' }, part: { S: 'control' } };

/** @returns undefined before the first run */
export async function readControl(
  { dynamo, table }: StateStore,
  { signal }: Pick<Deadline, 'signal'>,
): Promise<Control | undefined> {
  const { Item } = await dynamo.send(new GetItemCommand({ TableName: table, Key: controlKey, ConsistentRead: true }), {
    abortSignal: signal,
  });
  return Item ? (JSON.parse(Item['record']?.S ?? '') as Control) : undefined;
}

export async function writeControl(
  { dynamo, table }: StateStore,
  control: Control,
  { signal }: Pick<Deadline, 'signal'>,
): Promise<void> {
  const Item = { ...controlKey, record: { S: JSON.stringify(control) } };
  await dynamo.send(new PutItemCommand({ TableName: table, Item }), { abortSignal: signal });
}

/** Keeps sums in the place of those of an earlier run over the same day: they follow from what the day holds. */
export async function writeSums(
  { dynamo, table }: StateStore,
  kept: Kept,
  { signal }: Pick<Deadline, 'signal'>,
): Promise<void> {
  const part = `${kept.of}/${kept.day}/${kept.version}`;
  const Item = { month: { S: kept.month }, part: { S: part }, record: { S: JSON.stringify(kept) } };
  await dynamo.send(new PutItemCommand({ TableName: table, Item }), { abortSignal: signal });
}

/** All sums: some items a day. */
export async function readSums({ dynamo, table }: StateStore, { signal }: Pick<Deadline, 'signal'>): Promise<Kept[]> {
  const all: Kept[] = [];
  const pages = paginateScan({ client: dynamo }, { TableName: table, ConsistentRead: true }, { abortSignal: signal });
  for await (const { Items = [] } of pages) {
    for (const { part, record } of Items) {
      if (part?.S !== controlKey.part.S) all.push(JSON.parse(record?.S ?? '') as Kept);
    }
  }
  return all;
}
