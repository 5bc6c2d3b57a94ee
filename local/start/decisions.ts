import { setTimeout as sleep } from 'node:timers/promises';
import { paginateScan, type ScanCommandInput } from '@aws-sdk/client-dynamodb';
import { canaryPrefix } from '../../lambdas/patterns/canary/canary.ts';
import type { Clients } from './aws.ts';

/** What the report reads of a decision's record. */
export interface Decision {
  readonly applicationId: string;
  readonly outcome: 'approved' | 'declined' | 'referred';
  readonly probability: number | null;
  readonly modelVersion: string | null;
  readonly referredFor: string | null;
  readonly reasons: readonly { readonly code: string; readonly feature: string; readonly contribution: number }[];
  readonly features: Readonly<Record<string, number | string | boolean | null>>;
  readonly submittedAt: string;
  readonly receivedAt: string;
  readonly decidedAt: string;
}

/** Without a further decision for so long, those that are missing count as lost. */
const patienceMs = 60_000;

/**
 * Waits until there are so many decisions, or none comes any more.
 *
 * @param onProgress called with the number of decisions there are
 */
export async function waitForDecisions(
  clients: Clients,
  table: string,
  expected: number,
  signal: AbortSignal,
  onProgress: (decided: number) => void,
): Promise<void> {
  let decided = -1;
  let lastChange = Date.now();
  while (decided < expected && Date.now() - lastChange < patienceMs) {
    const started = Date.now();
    const count = await countDecisions(clients, table, business);
    if (count !== decided) lastChange = Date.now();
    decided = count;
    onProgress(decided);
    // A count reads the whole table: the larger it is, the rarer the look.
    if (decided < expected) await sleep(Math.max(200, 4 * (Date.now() - started)), undefined, { signal });
  }
}

/** How many decisions there are, those on canaries among them unless a filter leaves them out. */
export async function countDecisions(
  clients: Clients,
  table: string,
  filter: Partial<ScanCommandInput> = {},
): Promise<number> {
  let count = 0;
  for await (const page of scan(clients, { TableName: table, Select: 'COUNT', ...filter })) count += page.Count ?? 0;
  return count;
}

/** All decisions, in order of time. */
export async function readDecisions(clients: Clients, table: string): Promise<Decision[]> {
  const decisions: Decision[] = [];
  for await (const { Items = [] } of scan(clients, {
    TableName: table,
    ProjectionExpression: '#record',
    ...business,
  })) {
    for (const item of Items) decisions.push(JSON.parse(item['record']?.S ?? '') as Decision);
  }
  return decisions.toSorted(
    (a, b) => a.submittedAt.localeCompare(b.submittedAt) || a.applicationId.localeCompare(b.applicationId),
  );
}

/** Leaves out the decisions on canaries. */
const business = {
  FilterExpression: 'NOT begins_with(applicationId, :canary)',
  ExpressionAttributeValues: { ':canary': { S: canaryPrefix } },
};

function scan({ dynamo }: Clients, input: ScanCommandInput) {
  // "record" may be a reserved word in an expression.
  const names = input.ProjectionExpression ? { ExpressionAttributeNames: { '#record': 'record' } } : {};
  return paginateScan({ client: dynamo }, { ...input, ...names, ConsistentRead: true });
}
