// Counts loans as the stream does, beside items that the back-fill made, and prints what a decision of each day reads.
import { text } from 'node:stream/consumers';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { applicationEvent, type Groups, outcomeEvent } from '../../../lambdas/patterns/online-features/events.ts';
import { readOnlineFeatures } from '../../../lambdas/patterns/online-features/read.ts';
import { countingWrites } from '../../../lambdas/patterns/online-features/write.ts';
import { deadlineOf } from '../../../lambdas/patterns/resilience/deadline.ts';
import type { Item } from './dynamo.ts';
import { context } from './examples.ts';
import { type QueryParameters, query, transact } from './transactions.ts';

interface Given {
  readonly items: readonly Item[];
  readonly loans: readonly (Groups & {
    readonly applicationId: string;
    readonly submittedAt: string;
    readonly knownAt: string | null;
    readonly defaulted: boolean | null;
  })[];
  readonly days: readonly string[];
}

const { items: made, loans, days } = JSON.parse(await text(process.stdin)) as Given;
const items = new Map(made.map((item) => [`features/${item['entity']?.S}/${item['month']?.S}`, item]));
for (const loan of loans) {
  const { applicationId, submittedAt, knownAt, defaulted } = loan;
  const outcome = defaulted ? ('defaulted' as const) : ('paid' as const);
  const ended =
    knownAt === null || defaulted === null
      ? []
      : [{ applicationId, version: 1, outcome, occurredAt: submittedAt, knownAt, recordedAt: '' }];
  const events = [applicationEvent(loan, loan), ...ended.map((each) => outcomeEvent(each, undefined, loan))];
  // In the form that goes over the wire.
  transact(items, JSON.parse(JSON.stringify({ TransactItems: countingWrites('features', events) })));
}
const dynamo = {
  send: async ({ input }: { input: QueryParameters }) => ({ Items: query(items, input) }),
} as unknown as DynamoDBClient;
const store = { dynamo, table: 'features', longestReadMs: 60_000 };
const groups = [
  { applicant: 'p1', sector: '72', state: 'CA' },
  { applicant: 'p7', sector: '0', state: 'TX' },
];
const read = days.flatMap((day) =>
  groups.map((each) => readOnlineFeatures(store, each, day, deadlineOf(context(), 0))),
);
console.log(JSON.stringify(await Promise.all(read)));
