import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import { auditWriter } from '../patterns/audit/append.ts';
import { dynamoClient, sqsClient } from '../patterns/clients/clients.ts';
import { type Deadline, deadlineOf } from '../patterns/resilience/deadline.ts';
import type { ReviewCase } from '../patterns/review/case.ts';
import { addVersion } from '../patterns/review/held-decision.ts';
import { addMark, alwaysAgrees, measuresOf } from '../patterns/review/oversight.ts';
import { dynamoReviewers } from '../patterns/review/reviewers.ts';
import { type Decided, settleCase } from '../patterns/review/settle.ts';
import { dynamoCases } from '../patterns/review/store.ts';
import { parseEnvironment } from './environment.ts';

/** Kept back to say what failed. Milliseconds. */
const reserveMs = 500;

const { settings, ...environment } = parseEnvironment();
const metrics = new Metrics();
const dynamo = dynamoClient();
const reviewers = dynamoReviewers(dynamo, environment.REVIEWERS_TABLE);
const options = {
  cases: dynamoCases(dynamo, environment.CASES_TABLE),
  hold: (decided: Decided, deadline: Deadline) => addVersion(dynamo, environment.DECISIONS_TABLE, decided, deadline),
  audit: auditWriter(sqsClient(), environment.AUDIT_QUEUE_URL),
};

/** Brings a decided case into effect, and measures how people oversee. */
export async function handler({ caseId }: { readonly caseId: string }, context: Context): Promise<void> {
  const deadline = deadlineOf(context, reserveMs);
  const closed = await settleCase(caseId, deadline, options);
  // A run that was cut off before this leaves its case unmeasured: once at most, where twice would be wrong.
  if (closed) await measure(closed, deadline);
}

async function measure(closed: ReviewCase, deadline: Deadline): Promise<void> {
  const { timeToDecision, expired, agreed, tooFast, knownMissed } = measuresOf(closed, settings.leastLookMs);
  metrics.addMetric('CasesClosed', MetricUnit.Count, 1);
  metrics.addMetric('CasesExpired', MetricUnit.Count, expired ? 1 : 0);
  metrics.addMetric('TimeToDecision', MetricUnit.Seconds, timeToDecision);
  metrics.addMetric('OpinionsTooFast', MetricUnit.Count, tooFast);
  metrics.addMetric('KnownCasesMissed', MetricUnit.Count, knownMissed);
  if (agreed !== undefined) metrics.addMetric('Overrides', MetricUnit.Count, agreed ? 0 : 1);
  metrics.addMetric('AlwaysAgreeing', MetricUnit.Count, await countAlwaysAgreeing(closed, deadline));
  metrics.publishStoredMetrics();
}

/** How many of those who judged a case have only ever agreed of late. */
async function countAlwaysAgreeing({ opinions, decision }: ReviewCase, deadline: Deadline): Promise<number> {
  const marks = await Promise.all(
    opinions.map((opinion) =>
      reviewers.mark(opinion.reviewer, (before) => addMark(before, decision, opinion), deadline),
    ),
  );
  return marks.filter(alwaysAgrees).length;
}
