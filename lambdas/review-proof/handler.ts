import { Logger } from '@aws-lambda-powertools/logger';
import type { APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { kmsVerifier } from '../patterns/audit/log/kms-key.ts';
import { positionTable } from '../patterns/audit/log/position-table.ts';
import { UntrustedNote, type Verifier } from '../patterns/audit/tlog/note.ts';
import { bucketSource } from '../patterns/audit/verify/bucket-source.ts';
import type { Trail } from '../patterns/audit/verify/proven.ts';
import { dynamoClient, kmsClient, s3Client } from '../patterns/clients/clients.ts';
import { answer, Refusal, refusalOf, refuse } from '../patterns/http/answer.ts';
import { type Deadline, deadlineOf } from '../patterns/resilience/deadline.ts';
import { mayReview } from '../patterns/review/entitlement.ts';
import { type EntryProof, proofsOf } from '../patterns/review/proof.ts';
import { type ReviewRequest, reviewerOf } from '../patterns/review/request.ts';
import { dynamoCases } from '../patterns/review/store.ts';
import { parseEnvironment } from './environment.ts';

/** Kept back to answer. Milliseconds. */
const reserveMs = 500;

const { settings, ...environment } = parseEnvironment();
const logger = new Logger();
const [dynamo, kms, s3] = [dynamoClient(), kmsClient(), s3Client()];
const cases = dynamoCases(dynamo, environment.CASES_TABLE);
let verifier: Verifier | undefined;

/** `GET /reviews/{caseId}/proof`: what proves that the audit trail has the case's decision, and its review. */
export async function handler(event: ReviewRequest, context: Context): Promise<APIGatewayProxyStructuredResultV2> {
  const deadline = deadlineOf(context, reserveMs);
  try {
    return answer(200, { proofs: await proofs(event, deadline) });
  } catch (error) {
    return refuse(refusalFor(error));
  }
}

async function proofs(event: ReviewRequest, deadline: Deadline): Promise<readonly EntryProof[]> {
  if (!mayReview(reviewerOf(event), settings.review)) {
    throw refusalOf(403, 'not-a-reviewer', 'reviewer', 'is not entitled to review', 'sign in as a reviewer');
  }
  const stored = await cases.read(event.pathParameters?.['caseId'] ?? '', deadline);
  if (!stored) throw refusalOf(404, 'not-found', 'caseId', 'is not known', 'give the id of a case in the queue');
  return proofsOf(await trail(deadline), stored.reviewed);
}

async function trail({ signal }: Deadline): Promise<Trail> {
  const { AUDIT_BUCKET, LEDGER_TABLE, SUBJECT_KEYS_TABLE, WRAPPING_KEY_ID, SIGNING_KEY_ID, LOG_ORIGIN } = environment;
  verifier ??= await kmsVerifier(kms, SIGNING_KEY_ID, LOG_ORIGIN, signal);
  return {
    source: bucketSource(s3, AUDIT_BUCKET, signal),
    verifier,
    positions: positionTable(dynamo, LEDGER_TABLE, signal),
    subjectKeys: { dynamo, kms, table: SUBJECT_KEYS_TABLE, wrappingKeyId: WRAPPING_KEY_ID, signal },
  };
}

/** A log that does not prove what it has is for the auditor, at once. @throws whatever is a fault of ours */
function refusalFor(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (!(error instanceof UntrustedNote)) throw error;
  logger.error('the audit trail does not prove an entry', { why: error.message });
  return refusalOf(
    409,
    'not-proven',
    'auditTrail',
    `does not prove it: ${error.message}`,
    'run npm run audit -- verify',
  );
}
