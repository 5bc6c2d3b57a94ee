import type { APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda';
import * as v from 'valibot';
import { Refusal, refusalOf } from '../http/answer.ts';
import { jsonBody } from '../http/body.ts';
import { longestNote, type Reviewer, reasonCodes } from './case.ts';
import type { Act } from './desk.ts';

export type ReviewRequest = APIGatewayProxyEventV2WithJWTAuthorizer;

/** Largest body, in bytes of UTF-8: an approval and a note. */
const maximumBytes = 16 * 1024;

/** Names of what requests are made of, for the log: any other may be somebody's own words. */
export const requestFields = new Set(['caseId', 'approval', 'code', 'note', 'verdict', 'reviewer', 'case', 'route']);

/** Who signed in, from the claims of the token that the API's authoriser has checked. */
export function reviewerOf({ requestContext }: ReviewRequest): Reviewer {
  const { sub, username, 'cognito:groups': groups } = requestContext.authorizer.jwt.claims;
  const staff = typeof username === 'string' && username !== '' ? { staff: username } : {};
  return { id: String(sub), groups: groupsOf(groups), ...staff };
}

/** The API hands a list over as `[a b]`. */
function groupsOf(claim: unknown): string[] {
  if (Array.isArray(claim)) return claim.map(String);
  if (typeof claim !== 'string') return [];
  return claim
    .replace(/^\[(.*)\]$/, '$1')
    .split(/[ ,]+/)
    .filter(Boolean);
}

// The message of a check is the remedy.

const approval = v.pipe(v.string('give the approval of the case'), v.maxLength(2_000, 'give the approval of the case'));
const code = v.picklist(reasonCodes, `give one of ${reasonCodes.join(', ')}`);
const note = v.pipe(v.string('give a string'), v.maxLength(longestNote, `give at most ${longestNote} characters`));
const reason = { approval, code, note };

const verdict = v.strictObject({ ...reason, verdict: v.picklist(['approve', 'decline'], 'give approve or decline') });
const withoutVerdict = v.strictObject(reason);
const knownCase = v.strictObject({
  caseId: v.pipe(v.string('give a string'), v.regex(/^[A-Za-z0-9-]{1,80}$/, 'give the id of a case')),
  verdict: v.picklist(['approve', 'decline'], 'give approve or decline'),
});

/**
 * What a request asks to do to a case.
 *
 * @throws Refusal 400 that names the fields at fault; 404 for a route that there is not
 */
export function actOf(event: ReviewRequest): Act {
  const acts: Readonly<Record<string, () => Act>> = {
    'POST /reviews/{caseId}/claim': () => ({ kind: 'claim' }),
    'DELETE /reviews/{caseId}/claim': () => ({ kind: 'release' }),
    'POST /reviews/{caseId}/verdict': () => ({ kind: 'verdict', ...bodyOf(event, verdict) }),
    'POST /reviews/{caseId}/referral': () => ({ kind: 'refer-up', ...bodyOf(event, withoutVerdict) }),
    'POST /reviews/{caseId}/second-opinion': () => ({ kind: 'second-opinion', ...bodyOf(event, withoutVerdict) }),
  };
  const act = acts[event.routeKey];
  if (!act) throw refusalOf(404, 'not-found', 'route', 'is not known', 'see docs/human-review.md');
  return act();
}

/** The closed case that is to be inserted again, and its right verdict. @throws Refusal 400 */
export function knownCaseOf(event: ReviewRequest): v.InferOutput<typeof knownCase> {
  return bodyOf(event, knownCase);
}

function bodyOf<Schema extends v.GenericSchema>(event: ReviewRequest, schema: Schema): v.InferOutput<Schema> {
  const { success, output, issues } = v.safeParse(schema, jsonBody(event, maximumBytes));
  if (success) return output;
  const fields = issues.map((issue) => {
    const field = v.getDotPath(issue) ?? '(body)';
    return { field, problem: 'is not right', remedy: issue.message };
  });
  throw new Refusal(400, 'invalid', fields);
}
