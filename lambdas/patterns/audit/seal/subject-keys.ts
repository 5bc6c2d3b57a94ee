import { randomBytes, randomUUID } from 'node:crypto';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { DecryptCommand, GenerateDataKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import type { SubjectKey } from './envelope.ts';

/** Where the keys of persons are: a table of wrapped keys, and the key of KMS that wraps them. */
export interface SubjectKeyStore {
  readonly dynamo: DynamoDBClient;
  readonly kms: KMSClient;
  readonly table: string;
  /** Id of the KMS key that wraps. */
  readonly wrappingKeyId: string;
  readonly signal: AbortSignal;
}

// Two items a person: `subject/<pseudonym>` names the key, `key/<number>` has it, so that an envelope, which names the
// number alone, can be opened; and nothing that is left after an erasure leads from the one to the other.

const subjectItem = (subject: string) => ({ id: { S: `subject/${subject}` } });
const keyItem = (id: string) => ({ id: { S: `key/${id}` } });
/** Binds a wrapped key to its number: one can't be put in the place of another. */
const contextOf = (id: string) => ({ purpose: 'audit-subject-key', key: id });

interface KnownSubject {
  readonly key: string | undefined;
  readonly erasedAt: string | undefined;
}

/**
 * The key to seal an entry with. A person's first entry makes it.
 *
 * An entry that happened before the person was erased, and comes late, is sealed with a key that is forgotten at once:
 * it has its place in the log, and nobody can read it.
 *
 * @param at instant of the entry
 */
export async function keyToSeal(store: SubjectKeyStore, subject: string, at: string): Promise<SubjectKey> {
  for (;;) {
    const known = await findSubject(store, subject);
    if (known?.erasedAt !== undefined && Date.parse(at) <= Date.parse(known.erasedAt)) return forgottenKey();
    if (known?.key !== undefined) return keyToOpen(store, known.key);
    const made = await makeKey(store);
    if (await nameKey(store, subject, made.id)) return made;
  }
}

/** The key of an envelope. @throws KeyErased if it is no more */
export async function keyToOpen(store: SubjectKeyStore, id: string): Promise<SubjectKey> {
  const { Item } = await store.dynamo.send(
    new GetItemCommand({ TableName: store.table, Key: keyItem(id), ConsistentRead: true }),
    { abortSignal: store.signal },
  );
  const wrapped = Item?.['wrapped']?.B;
  if (!wrapped) throw new KeyErased(id);
  const { Plaintext } = await store.kms.send(
    new DecryptCommand({ KeyId: store.wrappingKeyId, CiphertextBlob: wrapped, EncryptionContext: contextOf(id) }),
    { abortSignal: store.signal },
  );
  if (!Plaintext) throw new Error(`KMS unwrapped the key ${id} to nothing`);
  return { id, secret: Plaintext };
}

/** The key of an envelope is no more: what it sealed can't be read by anybody. */
export class KeyErased extends Error {
  constructor(id: string) {
    super(`the key ${id} was erased`);
    this.name = 'KeyErased';
  }
}

/**
 * Erases a person's key: what was sealed with it is unreadable from now on.
 *
 * It may be cut off anywhere and done again, until {@link forgetErasedKey} says that its number is not needed any more.
 *
 * @param at instant of the erasure: entries from before it that come later are unreadable too
 * @returns the number of the key, or undefined if the person never had one
 */
export async function eraseKey(store: SubjectKeyStore, subject: string, at: string): Promise<string | undefined> {
  const erased = await retireKey(store, subject, at);
  if (erased !== undefined) {
    await store.dynamo.send(new DeleteItemCommand({ TableName: store.table, Key: keyItem(erased) }), {
      abortSignal: store.signal,
    });
  }
  return erased;
}

/** Forgets which key an erased person had. What is left of the person is a pseudonym and an instant. */
export async function forgetErasedKey({ dynamo, table, signal }: SubjectKeyStore, subject: string): Promise<void> {
  await dynamo.send(
    new UpdateItemCommand({ TableName: table, Key: subjectItem(subject), UpdateExpression: 'REMOVE erasedKey' }),
    { abortSignal: signal },
  );
}

/** Moves the number of a person's key aside: it is used no more, and is there until its item is gone too. */
async function retireKey(store: SubjectKeyStore, subject: string, at: string): Promise<string | undefined> {
  for (;;) {
    const key = (await findSubject(store, subject))?.key;
    const retired = await updateIf(store, {
      Key: subjectItem(subject),
      UpdateExpression: key ? 'SET erasedAt = :at, erasedKey = keyId REMOVE keyId' : 'SET erasedAt = :at',
      ConditionExpression: key ? 'keyId = :key' : 'attribute_not_exists(keyId)',
      ExpressionAttributeValues: { ':at': { S: at }, ...(key && { ':key': { S: key } }) },
    });
    if (retired) return retired['erasedKey']?.S;
  }
}

async function findSubject({ dynamo, table, signal }: SubjectKeyStore, subject: string) {
  const { Item } = await dynamo.send(
    new GetItemCommand({ TableName: table, Key: subjectItem(subject), ConsistentRead: true }),
    { abortSignal: signal },
  );
  return Item && ({ key: Item['keyId']?.S, erasedAt: Item['erasedAt']?.S } satisfies KnownSubject);
}

async function makeKey({ dynamo, kms, table, wrappingKeyId, signal }: SubjectKeyStore): Promise<SubjectKey> {
  const id = randomUUID();
  const { Plaintext, CiphertextBlob } = await kms.send(
    new GenerateDataKeyCommand({ KeyId: wrappingKeyId, KeySpec: 'AES_256', EncryptionContext: contextOf(id) }),
    { abortSignal: signal },
  );
  if (!Plaintext || !CiphertextBlob) throw new Error('KMS made a data key without its two forms');
  const Item = { ...keyItem(id), wrapped: { B: CiphertextBlob } };
  await dynamo.send(new PutItemCommand({ TableName: table, Item }), { abortSignal: signal });
  return { id, secret: Plaintext };
}

/** Makes a key that of a subject. @returns false if another was quicker: its key is the one */
async function nameKey(store: SubjectKeyStore, subject: string, id: string): Promise<boolean> {
  const named = await updateIf(store, {
    Key: subjectItem(subject),
    UpdateExpression: 'SET keyId = :key',
    ConditionExpression: 'attribute_not_exists(keyId)',
    ExpressionAttributeValues: { ':key': { S: id } },
  });
  return named !== undefined;
}

/** @returns the item after the update, or undefined if its condition does not hold */
async function updateIf(
  { dynamo, table, signal }: SubjectKeyStore,
  update: Omit<UpdateItemCommandInput, 'TableName' | 'ReturnValues'>,
): Promise<Readonly<Record<string, AttributeValue>> | undefined> {
  try {
    const { Attributes = {} } = await dynamo.send(
      new UpdateItemCommand({ TableName: table, ReturnValues: 'ALL_NEW', ...update }),
      { abortSignal: signal },
    );
    return Attributes;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}

function forgottenKey(): SubjectKey {
  return { id: randomUUID(), secret: randomBytes(32) };
}
