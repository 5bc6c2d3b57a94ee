import type { ModeView, WantedSwitch } from '../../lambdas/patterns/modes/request.ts';
import type { ReasonCode, Verdict } from '../../lambdas/patterns/review/case.ts';
import type { EntryProof } from '../../lambdas/patterns/review/proof.ts';
import type { CaseView, QueueLine } from '../../lambdas/patterns/review/view.ts';
import type { Session } from './session.ts';

/** What a reviewer gives with everything that ends in the record. */
export interface Grounds {
  readonly approval: string;
  readonly code: ReasonCode;
  readonly note: string;
}

/** The review API, for the person who signed in. Each call throws a {@link Refused} that says why it may not be. */
export interface ReviewApi {
  queue(): Promise<readonly QueueLine[]>;
  read(caseId: string): Promise<CaseView>;
  claim(caseId: string): Promise<CaseView>;
  release(caseId: string): Promise<CaseView>;
  decide(caseId: string, verdict: Verdict, grounds: Grounds): Promise<CaseView>;
  referUp(caseId: string, grounds: Grounds): Promise<CaseView>;
  askSecondOpinion(caseId: string, grounds: Grounds): Promise<CaseView>;
  proofs(caseId: string): Promise<readonly EntryProof[]>;
  mode(): Promise<ModeView>;
  switchMode(wanted: WantedSwitch): Promise<void>;
}

/** The API's answer to what may not be, in words for the reader. */
export class Refused extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'Refused';
    this.code = code;
  }
}

export function reviewApi(session: Pick<Session, 'token'>): ReviewApi {
  const call = async <Body>(method: string, path: string, body?: object): Promise<Body> => {
    const answer = await fetch(`/api${path}`, {
      method,
      headers: { authorization: `Bearer ${await session.token()}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    const document = (await answer.json()) as unknown;
    if (answer.ok) return document as Body;
    throw refusedOf(answer.status, document);
  };
  const of = (caseId: string) => `/reviews/${encodeURIComponent(caseId)}`;
  return {
    queue: async () => (await call<{ cases: readonly QueueLine[] }>('GET', '/reviews')).cases,
    read: (caseId) => call('GET', of(caseId)),
    claim: (caseId) => call('POST', `${of(caseId)}/claim`),
    release: (caseId) => call('DELETE', `${of(caseId)}/claim`),
    decide: (caseId, verdict, grounds) => call('POST', `${of(caseId)}/verdict`, { ...grounds, verdict }),
    referUp: (caseId, grounds) => call('POST', `${of(caseId)}/referral`, grounds),
    askSecondOpinion: (caseId, grounds) => call('POST', `${of(caseId)}/second-opinion`, grounds),
    proofs: async (caseId) => (await call<{ proofs: readonly EntryProof[] }>('GET', `${of(caseId)}/proof`)).proofs,
    mode: () => call('GET', '/mode'),
    switchMode: (wanted) => call('PUT', '/mode', wanted),
  };
}

function refusedOf(status: number, document: unknown): Refused {
  const { error } = document as { readonly error?: { readonly code: string; readonly message: string } };
  if (error) return new Refused(error.code, error.message);
  return new Refused(String(status), `the API answered ${status}: try again, or sign in again`);
}
