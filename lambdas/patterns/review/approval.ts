import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { refusalOf } from '../http/answer.ts';
import type { ReviewCase } from './case.ts';

/** What an approval says: this reviewer was shown exactly this, under this claim, at this instant. */
export interface Approval {
  readonly caseId: string;
  readonly reviewer: string;
  /** Digest of what was shown. */
  readonly digest: string;
  /** When it was shown. Milliseconds since 1970. */
  readonly shownAt: number;
}

/**
 * SHA-256, base64url, over all of a case that a verdict can depend on.
 *
 * The number of the claim is part of it, so an approval belongs to one claim; and whatever uses an approval changes
 * what the digest is made of, so none can be used twice.
 */
export function digestOf(reviewed: ReviewCase): string {
  const { caseId, decision, referredFor, level, eyes, claims, opinions, steps, known } = reviewed;
  const shown = { caseId, decision, referredFor, level, eyes, claims, opinions, steps, known };
  return createHash('sha256').update(canonical(shown)).digest('base64url');
}

/** An approval that only the holder of the key can have made, to be sent back with the verdict. */
export function issueApproval(key: Uint8Array, approval: Approval): string {
  const payload = Buffer.from(canonical(approval)).toString('base64url');
  return `${payload}.${mac(key, payload).toString('base64url')}`;
}

/** @throws Refusal if the approval was not made here, or for somebody or something else */
export function openApproval(key: Uint8Array, token: string, caseId: string, reviewer: string): Approval {
  const [payload = '', signature = ''] = token.split('.');
  const given = Buffer.from(signature, 'base64url');
  const right = mac(key, payload);
  if (given.length !== right.length || !timingSafeEqual(given, right)) throw foreign();
  const approval = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Approval;
  if (approval.caseId !== caseId || approval.reviewer !== reviewer) throw foreign();
  return approval;
}

function foreign() {
  return refusalOf(409, 'approval', 'approval', 'was not made for you and this case', 'look at the case again');
}

function mac(key: Uint8Array, payload: string): Buffer {
  return createHmac('sha256', key).update(payload).digest();
}

/** JSON with the keys of every object in order: the same value gives the same text, whatever made it. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    isRecord(inner) ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
