import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import * as v from 'valibot';

/** A pointer to a version of a failed object, as the failure queue has it. */
const pointer = v.pipe(v.string(), v.parseJson(), v.object({ key: v.string(), versionId: v.string() }));

/** Most pages of ten that are looked through at a time. */
const mostPages = 100;

/**
 * Takes the pointers out of the queue whose objects are no longer there in that version; the others stay.
 *
 * @param isThere whether a key still has a version
 * @returns how many were taken out
 */
export async function dropPointers(
  sqs: SQSClient,
  queueUrl: string,
  isThere: (key: string, versionId: string) => Promise<boolean>,
): Promise<number> {
  let dropped = 0;
  for (let page = 0; page < mostPages; page++) {
    const receive = new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 30 });
    const { Messages = [] } = await sqs.send(receive);
    if (Messages.length === 0) break;
    const stale = await Promise.all(Messages.map(async (message) => !(await points(message, isThere))));
    dropped += await drop(
      sqs,
      queueUrl,
      Messages.filter((_, index) => stale[index]),
    );
  }
  return dropped;
}

async function points(
  { Body }: Message,
  isThere: (key: string, versionId: string) => Promise<boolean>,
): Promise<boolean> {
  const parsed = v.safeParse(pointer, Body);
  // What is no pointer is left: the dead-letter queue shows it to somebody in the end.
  return parsed.success ? isThere(parsed.output.key, parsed.output.versionId) : true;
}

async function drop(sqs: SQSClient, queueUrl: string, messages: readonly Message[]): Promise<number> {
  if (messages.length === 0) return 0;
  const Entries = messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
  await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  return messages.length;
}
