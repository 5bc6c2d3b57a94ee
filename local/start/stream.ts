import type { Clients } from './aws.ts';
import { waitForDecisions } from './decisions.ts';
import { atMostEvery, elapsed, say } from './say.ts';
import { type Sent, sendApplications } from './sender.ts';

export interface StreamOptions {
  /** File of the applications, one JSON document a line. */
  readonly applications: string;
  /** The API's address. */
  readonly api: string;
  readonly decisionsTable: string;
  readonly clients: Clients;
  readonly signal: AbortSignal;
}

/** Sends the applications and waits until each accepted one has a decision, or no more decisions come. */
export async function streamApplications(options: StreamOptions): Promise<Sent> {
  const { applications, api, decisionsTable, clients, signal } = options;
  const begun = elapsed();
  let answered = 0;
  const tell = atMostEvery(2_000, () => {
    say('stream', `${answered} sent, ${(answered / (elapsed() - begun)).toFixed(0)} per second`);
  });
  const onAnswer = (count: number) => {
    answered = count;
    tell();
  };
  const sent = await sendApplications(applications, { url: `${api}/applications`, signal, onAnswer });
  say('stream', `All ${sent.sent} sent: ${sent.accepted.size} accepted, ${sent.rejected} rejected`);
  let decided = 0;
  const tellDecided = () => say('stream', `${decided} of ${sent.accepted.size} decided`);
  const tellSometimes = atMostEvery(2_000, tellDecided);
  await waitForDecisions(clients, decisionsTable, sent.accepted.size, signal, (count) => {
    decided = count;
    tellSometimes();
  });
  tellDecided();
  return sent;
}
