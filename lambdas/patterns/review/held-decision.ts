import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Decision } from '../decision/decision.ts';
import type { Deadline } from '../resilience/deadline.ts';
import type { ReasonCode, ReviewCase } from './case.ts';
import { isOverride } from './oversight.ts';

/** A later version of a decision, made by people or by the end of their time. The first is the model's, and stays. */
export interface ReviewedDecision {
  readonly schemaVersion: 1;
  readonly applicationId: string;
  /** 2 for the first after the model's. */
  readonly version: number;
  readonly outcome: 'approved' | 'declined';
  readonly rung: 'person' | 'expiry';
  /** Whether it differs from what the model alone would have decided. */
  readonly override: boolean;
  readonly caseId: string;
  /** Ids of the reviewers whose opinions made it; empty after an expiry. */
  readonly reviewers: readonly string[];
  readonly reasonCodes: readonly ReasonCode[];
  /** Digests of what each of them was shown. */
  readonly shown: readonly string[];
  readonly decidedAt: string;
}

/** What a decided case makes of the decision, but for the version. */
export function reviewedDecision({
  applicationId,
  caseId,
  outcome,
  opinions,
  ...rest
}: ReviewCase): Omit<ReviewedDecision, 'version'> {
  if (!outcome) throw new Error(`case ${caseId} has no outcome: decide it before it takes effect`);
  const counted = outcome.by === 'people' ? opinions.filter(({ verdict }) => verdict === outcome.verdict) : [];
  return {
    schemaVersion: 1,
    applicationId,
    outcome: outcome.verdict === 'approve' ? 'approved' : 'declined',
    rung: outcome.by === 'people' ? 'person' : 'expiry',
    override: isOverride(rest.decision, outcome.verdict),
    caseId,
    reviewers: counted.map(({ reviewer }) => reviewer),
    reasonCodes: counted.map(({ code }) => code),
    shown: counted.map(({ digest }) => digest),
    decidedAt: outcome.at,
  };
}

/** The versions of a decision: the model's, and what people made of it, the latest last. */
export interface Versions {
  readonly first: Decision;
  readonly later: readonly ReviewedDecision[];
}

/** @returns undefined if there is no decision yet */
export async function readVersions(
  dynamo: DynamoDBClient,
  table: string,
  applicationId: string,
  { signal }: Deadline,
): Promise<Versions | undefined> {
  const { Item } = await dynamo.send(
    new GetItemCommand({ TableName: table, Key: { applicationId: { S: applicationId } }, ConsistentRead: true }),
    { abortSignal: signal },
  );
  const record = Item?.['record']?.S;
  if (record === undefined) return undefined;
  const later = (Item?.['reviews']?.L ?? []).map(({ S }) => JSON.parse(S ?? '') as ReviewedDecision);
  return { first: JSON.parse(record) as Decision, later };
}

/**
 * Adds a version to a decision, once for each case, beside what is there.
 *
 * @throws Error if the application has no decision that it could be a version of
 */
export async function addVersion(
  dynamo: DynamoDBClient,
  table: string,
  decided: Omit<ReviewedDecision, 'version'>,
  deadline: Deadline,
): Promise<ReviewedDecision> {
  const { applicationId, caseId } = decided;
  for (;;) {
    const versions = await readVersions(dynamo, table, applicationId, deadline);
    if (!versions) throw new Error(`there is no decision on ${applicationId} for the case ${caseId} to change`);
    const already = versions.later.find((earlier) => earlier.caseId === caseId);
    if (already) return already;
    const added: ReviewedDecision = { ...decided, version: versions.later.length + 2 };
    if (await append(dynamo, table, added, deadline)) return added;
  }
}

/** @returns false if another version came first */
async function append(
  dynamo: DynamoDBClient,
  table: string,
  added: ReviewedDecision,
  { signal }: Deadline,
): Promise<boolean> {
  const earlier = added.version - 2;
  try {
    await dynamo.send(
      new UpdateItemCommand({
        TableName: table,
        Key: { applicationId: { S: added.applicationId } },
        UpdateExpression: 'SET reviews = list_append(if_not_exists(reviews, :none), :added), holds = :outcome',
        ConditionExpression: earlier === 0 ? 'attribute_not_exists(reviews)' : 'size(reviews) = :earlier',
        ExpressionAttributeValues: {
          ':none': { L: [] },
          ':added': { L: [{ S: JSON.stringify(added) }] },
          ':outcome': { S: added.outcome },
          ...(earlier > 0 && { ':earlier': { N: String(earlier) } }),
        },
      }),
      { abortSignal: signal },
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
