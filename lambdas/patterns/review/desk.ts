import { refusalOf } from '../http/answer.ts';
import type { Deadline } from '../resilience/deadline.ts';
import { digestOf, issueApproval, openApproval } from './approval.ts';
import type { Reason, ReviewCase, Reviewer, ReviewPolicy, Verdict } from './case.ts';
import { mayReview } from './entitlement.ts';
import { CaseChanged, type CaseStore, type Stored, sectorOf } from './store.ts';
import { askSecondOpinion, claim, judge, referUp, release } from './transitions.ts';
import { type CaseView, mostSimilar, type QueueLine, queueLine } from './view.ts';

/** What a reviewer does to a case. */
export type Act =
  | { readonly kind: 'claim' }
  | { readonly kind: 'release' }
  | ({ readonly kind: 'verdict'; readonly verdict: Verdict; readonly approval: string } & Reason)
  | ({ readonly kind: 'refer-up'; readonly approval: string } & Reason)
  | ({ readonly kind: 'second-opinion'; readonly approval: string } & Reason);

export interface DeskOptions {
  readonly cases: CaseStore;
  readonly policy: ReviewPolicy;
  /** Makes approvals; it is given to nobody. */
  approvalKey(deadline: Deadline): Promise<Uint8Array>;
  /** Told of every change once it is stored. */
  changed(after: Stored, before: ReviewCase, deadline: Deadline): Promise<void>;
  now(): Date;
}

/** What the console does, for one reviewer at a time. Every function throws a Refusal for what may not be. */
export interface Desk {
  queue(reviewer: Reviewer, deadline: Deadline): Promise<readonly QueueLine[]>;
  read(caseId: string, reviewer: Reviewer, deadline: Deadline): Promise<CaseView>;
  act(caseId: string, act: Act, reviewer: Reviewer, deadline: Deadline): Promise<CaseView>;
}

/** Cases that the queue shows: the most urgent. */
const longestQueue = 200;
/** Past cases of the sector that are looked through for similar ones, and how many are shown. */
const pastLooked = 100;
const similarShown = 5;
/** Attempts of a change while others change the case too. */
const attempts = 5;

export function desk({ cases, policy, approvalKey, changed, now }: DeskOptions): Desk {
  async function stored(caseId: string, deadline: Deadline): Promise<Stored> {
    const found = await cases.read(caseId, deadline);
    if (!found) throw refusalOf(404, 'not-found', 'caseId', 'is not known', 'give the id of a case in the queue');
    return found;
  }

  async function follow(before: ReviewCase, act: Act, reviewer: Reviewer, deadline: Deadline): Promise<ReviewCase> {
    if (act.kind === 'claim') return claim(before, reviewer, now(), policy);
    if (act.kind === 'release') return release(before, reviewer, now());
    const key = await approvalKey(deadline);
    const { digest, shownAt } = openApproval(key, act.approval, before.caseId, reviewer.id);
    const reason = { code: act.code, note: act.note, digest };
    if (act.kind === 'refer-up') return referUp(before, reviewer, reason, now(), policy);
    if (act.kind === 'second-opinion') return askSecondOpinion(before, reviewer, reason, now(), policy);
    const lookedMs = now().getTime() - shownAt;
    return judge(before, reviewer, { ...reason, verdict: act.verdict, lookedMs }, now(), policy);
  }

  /** What a change rests on is checked again at each attempt, so trying again is as safe as the first time. */
  async function change(caseId: string, act: Act, reviewer: Reviewer, deadline: Deadline): Promise<ReviewCase> {
    for (let attempt = 1; ; attempt += 1) {
      const before = await stored(caseId, deadline);
      const reviewed = await follow(before.reviewed, act, reviewer, deadline);
      const after = { ...before, reviewed };
      try {
        await cases.replace(after, deadline);
      } catch (error) {
        if (error instanceof CaseChanged && attempt < attempts) continue;
        throw error;
      }
      await changed(after, before.reviewed, deadline);
      return reviewed;
    }
  }

  async function view(reviewed: ReviewCase, reviewer: Reviewer, deadline: Deadline): Promise<CaseView> {
    const { caseId, applicationId, state, decision, steps, claim: held, outcome } = reviewed;
    const past = await cases.closed(sectorOf(reviewed), pastLooked, deadline);
    const line = queueLine(reviewed, reviewer, now(), policy);
    const isHolder = line.held === 'you';
    const digest = digestOf(reviewed);
    const shown = { caseId, reviewer: reviewer.id, digest, shownAt: now().getTime() };
    return {
      ...line,
      applicationId,
      state,
      decision,
      steps: steps.map(({ kind, at, code, note }) => ({ kind, at, code, note })),
      claimedUntil: isHolder ? (held?.until ?? null) : null,
      outcome,
      unknown: Object.keys(decision.features).filter((feature) => decision.features[feature] === null),
      similar: mostSimilar(reviewed, past, similarShown),
      approval: isHolder ? issueApproval(await approvalKey(deadline), shown) : null,
      digest,
    };
  }

  return {
    queue: async (reviewer, deadline) => {
      refuseUnlessEntitled(reviewer, policy);
      const open = await cases.open(longestQueue, deadline);
      return open.map((reviewed) => queueLine(reviewed, reviewer, now(), policy));
    },
    read: async (caseId, reviewer, deadline) => {
      refuseUnlessEntitled(reviewer, policy);
      const { reviewed } = await stored(caseId, deadline);
      return view(reviewed, reviewer, deadline);
    },
    act: async (caseId, act, reviewer, deadline) => {
      refuseUnlessEntitled(reviewer, policy);
      return view(await change(caseId, act, reviewer, deadline), reviewer, deadline);
    },
  };
}

function refuseUnlessEntitled(reviewer: Reviewer, policy: ReviewPolicy): void {
  if (mayReview(reviewer, policy)) return;
  throw refusalOf(403, 'not-a-reviewer', 'reviewer', 'is not entitled to review', 'sign in as a reviewer');
}
