// Counts, records and reads on the cloud that the environment names, and prints what it has found.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { applicationEvent, outcomeEvent } from '../../../lambdas/patterns/online-features/events.ts';
import { readOnlineFeatures } from '../../../lambdas/patterns/online-features/read.ts';
import { countingWrites, countOnce } from '../../../lambdas/patterns/online-features/write.ts';
import { type OutcomeVersion, recordOutcome } from '../../../lambdas/patterns/outcome/store.ts';
import { deadlineOf } from '../../../lambdas/patterns/resilience/deadline.ts';
import { realSurroundings } from '../../../lambdas/patterns/resilience/surroundings.ts';
import { context } from './examples.ts';

const dynamo = new DynamoDBClient({});
const deadline = deadlineOf(context(), 0);
const budget = { earn: () => undefined, spend: () => true };
const options = { budget, deadline, attempts: 3, surroundings: realSurroundings };
const features = { dynamo, table: 'features', longestReadMs: 30_000 };
const outcomes = { dynamo, table: 'outcomes' };
const groups = { applicant: 'p1', sector: '72', state: 'CA' };

const applications = ['A-1', 'A-2', 'A-3'].map((applicationId) =>
  applicationEvent({ applicationId, submittedAt: '2004-03-01' }, groups),
);
await countOnce(features, applications.slice(0, 2), options);
await countOnce(features, applications, options);

const defaulted: OutcomeVersion = {
  applicationId: 'A-1',
  version: 1,
  outcome: 'defaulted',
  occurredAt: '2004-03-05',
  knownAt: '2004-03-06',
  recordedAt: '2004-03-06T09:00:00.000Z',
};
const paid: OutcomeVersion = { ...defaulted, version: 2, outcome: 'paid', knownAt: '2004-03-08' };
const record = (made: OutcomeVersion, corrected?: OutcomeVersion) =>
  recordOutcome(outcomes, made, countingWrites('features', [outcomeEvent(made, corrected, groups)]), options);
const recorded = [await record(defaulted), await record(defaulted), await record(paid, defaulted)];

const read = async (day: string) => {
  const counts = (await readOnlineFeatures(features, groups, day, deadline))?.state;
  return counts && [counts.applications90, counts.defaulted90, counts.paid90];
};
const days = ['2004-03-01', '2004-03-02', '2004-03-07', '2004-03-09'];
console.log(JSON.stringify({ recorded: recorded.map(({ first }) => first), read: await Promise.all(days.map(read)) }));
