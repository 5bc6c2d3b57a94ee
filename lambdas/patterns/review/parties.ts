import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { Deadline } from '../resilience/deadline.ts';
import type { Reviewer } from './case.ts';

/**
 * Who trained a version of the model and who approved it, by their ids at AWS.
 *
 * It rejects where that can't be told: a case that might go to one of them is not opened.
 */
export type ModelPeople = (version: string, deadline: Deadline) => Promise<readonly string[]>;

/** How the environment of a function says that the registry has no stages. */
const none = 'none';

/** The people of versions, from the stages of the model registry: what they write there is under their own id. */
export function modelPeople(dynamo: DynamoDBClient, stagesTable: string): ModelPeople {
  if (stagesTable === none) return async () => [];
  return async (version, { signal }) => {
    const { Item } = await dynamo.send(
      new GetItemCommand({
        TableName: stagesTable,
        Key: { id: { S: version }, part: { S: 'version' } },
        ConsistentRead: true,
      }),
      { abortSignal: signal },
    );
    if (!Item) throw new Error(`the registry does not say who released ${version}: register it with its stages`);
    return [Item['trainedBy']?.S, Item['approvedBy']?.S].filter((person) => person !== undefined);
  };
}

/**
 * Whether a reviewer is the person of an id.
 *
 * The id may be a reviewer's own, a user's at AWS, or that of a session in a role, `<role's id>:<session's name>`; a
 * session has the name of the person who entered the role, and so has the reviewer's user.
 */
export function isPerson(party: string, { id, staff }: Reviewer): boolean {
  if (party === id) return true;
  return staff !== undefined && nameOf(party) === staff.toLowerCase();
}

function nameOf(party: string): string {
  return party.slice(party.lastIndexOf(':') + 1).toLowerCase();
}
