import type { APIGatewayProxyEventV2, Context, KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import type { Application } from '../../../lambdas/patterns/application/application.ts';

/** An application that is in order, but for what is changed. Its personal data are words found nowhere else. */
export function application(changes: Readonly<Record<string, unknown>> = {}): Application {
  return {
    applicationId: 'A-1',
    submittedAt: '2004-03-01',
    applicantName: 'Zebedee Quillfeather Ltd',
    city: 'Wobblesworth',
    state: 'CA',
    zip: '94043',
    lenderName: 'Bank of Xanthippe',
    lenderState: 'CA',
    industryCode: '722110',
    requestedAmount: 50_000,
    guaranteedAmount: 25_000,
    employees: 4,
    newBusiness: true,
    jobsCreated: 2,
    jobsRetained: 0,
    franchise: false,
    urbanRural: 'urban',
    revolvingCredit: null,
    lowDocumentation: false,
    ...changes,
  } as Application;
}

/** The words of {@link application} that may never be in a log. */
export const personalWords = ['Zebedee', 'Quillfeather', 'Wobblesworth', '94043', 'Xanthippe'];

export const receivedAt = '2026-05-05T10:00:00.000Z';

/** A record of the stream with the given bytes. */
export function rawRecord(data: string | Buffer, sequenceNumber = 1, partitionKey = 'A-1'): KinesisStreamRecord {
  return {
    eventID: `shardId-000000000000:${sequenceNumber}`,
    eventSource: 'aws:kinesis',
    eventName: 'aws:kinesis:record',
    eventVersion: '1.0',
    eventSourceARN: 'arn:aws:kinesis:eu-west-2:000000000000:stream/applications',
    awsRegion: 'eu-west-2',
    invokeIdentityArn: 'arn:aws:iam::000000000000:role/consumer',
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey,
      sequenceNumber: String(sequenceNumber),
      approximateArrivalTimestamp: Date.parse('2026-05-05T10:00:01.000Z') / 1000,
      data: Buffer.from(data).toString('base64'),
    },
  };
}

/** A record of the stream as the intake puts it. */
export function record(of: Application, sequenceNumber = 1): KinesisStreamRecord {
  return rawRecord(JSON.stringify({ application: of, receivedAt }), sequenceNumber, of.applicationId);
}

export function batch(...records: KinesisStreamRecord[]): KinesisStreamEvent {
  return { Records: records };
}

/** A request to the HTTP API; the handlers read no more of it than this. */
export function post(body: string, changes: Partial<APIGatewayProxyEventV2> = {}): APIGatewayProxyEventV2 {
  const headers = { 'content-type': 'application/json' };
  return { headers, body, isBase64Encoded: false, ...changes } as APIGatewayProxyEventV2;
}

/** The context of an invocation that has the given time left, in milliseconds. */
export function context(remainingMs = 60_000): Context {
  const end = performance.now() + remainingMs;
  return { getRemainingTimeInMillis: () => end - performance.now() } as Context;
}
