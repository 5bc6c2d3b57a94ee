import { kmsVerifier } from '../../lambdas/patterns/audit/log/kms-key.ts';
import { formatVerifier } from '../../lambdas/patterns/audit/tlog/note.ts';
import { buildConsole } from '../../scripts/console.ts';
import type { Clients } from './aws.ts';
import { serveConsole } from './console.ts';
import { localApiUrl, type StackOutputs } from './outputs.ts';
import { allowReturnTo, createReviewers, localUsers } from './reviewers.ts';
import { say } from './say.ts';

/** Where and as whom to review. */
export interface Reviewing {
  /** Address of the console. */
  readonly address: string;
  readonly clientId: string;
  readonly users: readonly string[];
  /** Of every local user, in this run. */
  readonly password: string;
}

export interface ReviewingOptions {
  readonly outputs: StackOutputs;
  /** Endpoint of the embedded cloud. */
  readonly cloud: string;
  readonly clients: Clients;
  readonly signal: AbortSignal;
  atEnd(stop: () => void): void;
}

/** Stage of the review API. */
const stage = 'api';

/** Builds and serves the console, and makes the users who sign in to it. */
export async function startReviewing({ outputs, cloud, clients, signal, atEnd }: ReviewingOptions): Promise<Reviewing> {
  const { userPoolId, userPoolClientId: clientId, reviewApiUrl } = outputs;
  const folder = await buildConsole();
  const auditKey = formatVerifier(await kmsVerifier(clients.kms, outputs.auditSigningKey, outputs.auditOrigin, signal));
  const server = await serveConsole({
    folder,
    cloud,
    api: localApiUrl(reviewApiUrl, cloud, stage),
    clientId,
    auditKey,
  });
  atEnd(server.stop);
  await allowReturnTo(clients.cognito, { userPoolId, clientId }, server.address, signal);
  const password = await createReviewers(clients.cognito, { userPoolId, clientId }, signal);
  say('review', `The review console is at ${server.address}`);
  return { address: server.address, clientId, users: Object.keys(localUsers), password };
}
