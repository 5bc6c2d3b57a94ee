import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import * as v from 'valibot';

/** A pointer to a version of a failed object, as the failure queue has it. */
const pointer = v.pipe(v.string(), v.parseJson(), v.object({ key: v.string(), versionId: v.string() }));

/** Most pages of ten that are looked through at a time. */
const mostPages = 100;
/** Time in which nobody else sees a pointer that is looked at. Seconds. */
const hiddenSeconds = 60;

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
  const kept: Message[] = [];
  let dropped = 0;
  for (let page = 0; page < mostPages; page++) {
    const messages = await receive(sqs, queueUrl);
    if (messages.length === 0) break;
    const there = await Promise.all(messages.map((message) => points(message, isThere)));
    kept.push(...messages.filter((_, index) => there[index]));
    dropped += await drop(
      sqs,
      queueUrl,
      messages.filter((_, index) => !there[index]),
    );
  }
  // Not before the end: they would be received again and again.
  for (let first = 0; first < kept.length; first += 10) await release(sqs, queueUrl, kept.slice(first, first + 10));
  return dropped;
}

async function receive(sqs: SQSClient, QueueUrl: string): Promise<Message[]> {
  const command = { QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: hiddenSeconds };
  return (await sqs.send(new ReceiveMessageCommand(command))).Messages ?? [];
}

/** Lets others see pointers again. */
async function release(sqs: SQSClient, QueueUrl: string, messages: readonly Message[]): Promise<void> {
  const Entries = entriesOf(messages).map((entry) => ({ ...entry, VisibilityTimeout: 0 }));
  await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
}

async function points(
  { Body }: Message,
  isThere: (key: string, versionId: string) => Promise<boolean>,
): Promise<boolean> {
  const parsed = v.safeParse(pointer, Body);
  // What is no pointer is left: the dead-letter queue shows it to somebody in the end.
  return parsed.success ? isThere(parsed.output.key, parsed.output.versionId) : true;
}

async function drop(sqs: SQSClient, QueueUrl: string, messages: readonly Message[]): Promise<number> {
  if (messages.length === 0) return 0;
  await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: entriesOf(messages) }));
  return messages.length;
}

function entriesOf(
  messages: readonly Message[],
): { readonly Id: string; readonly ReceiptHandle: string | undefined }[] {
  return messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
}
