import { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';
import { auditWriter } from '../patterns/audit/append.ts';
import { lambdaClient, s3Client, sqsClient } from '../patterns/clients/clients.ts';
import { admit } from '../patterns/poison/policy.ts';
import { fromRecord } from '../patterns/record/record.ts';
import { versionOf } from '../patterns/redrive/failed-object.ts';
import { pace } from '../patterns/redrive/pace.ts';
import { dropPointers } from '../patterns/redrive/pointers.ts';
import { type Redriven, redrive } from '../patterns/redrive/redrive.ts';
import { parseRequest } from '../patterns/redrive/request.ts';
import { deadlineOf } from '../patterns/resilience/deadline.ts';
import type { StreamRecord } from '../patterns/stream/stream-record.ts';
import { parseEnvironment } from './environment.ts';

/** Kept back to take pointers out of the queue and to answer. Milliseconds. */
const reserveMs = 30_000;

const environment = parseEnvironment();
const logger = new Logger();
const s3 = s3Client();
const sqs = sqsClient();
const lambda = lambdaClient();
const audit = auditWriter(sqs, environment.auditQueueUrl);

/** What the consumer checks before it decides. */
function check(record: StreamRecord): void {
  admit(fromRecord(record).application, environment);
}

/** Redrives failed records, as the request of `npm run redrive` asks for. @throws Error that tells what is wrong with it */
export async function handler(event: unknown, context: Context): Promise<Redriven> {
  const request = parseRequest(event);
  const deadline = deadlineOf(context, reserveMs);
  const { failureBucket, consumer } = environment;
  const onResult = (key: string, result: string) => logger.info('redrive', { key, result, by: request.by });
  const options = { s3, lambda, failureBucket, consumer, audit, check, onResult };
  const done = await redrive(request, { ...options, pace: pace(request.perSecond), now: () => new Date() }, deadline);
  const signal = AbortSignal.timeout(reserveMs / 2);
  const isThere = async (key: string, versionId: string) =>
    (await versionOf(s3, failureBucket, key, { signal })) === versionId;
  await dropPointers(sqs, environment.failureQueueUrl, isThere);
  return done;
}
