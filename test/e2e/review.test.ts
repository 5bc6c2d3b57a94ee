import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { SFNClient } from '@aws-sdk/client-sfn';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuditEntry } from '../../lambdas/patterns/audit/entry.ts';
import type { Decision } from '../../lambdas/patterns/decision/decision.ts';
import type { Deadline } from '../../lambdas/patterns/resilience/deadline.ts';
import type { ReviewCase } from '../../lambdas/patterns/review/case.ts';
import { newCase } from '../../lambdas/patterns/review/new-case.ts';
import { dynamoCases } from '../../lambdas/patterns/review/store.ts';
import type { CaseView, QueueLine } from '../../lambdas/patterns/review/view.ts';
import { startWorkflow } from '../../lambdas/patterns/review/workflow.ts';
import { reviewSettings } from '../../lib/oversight/review-rules.ts';
import { type AuditPlaces, readAuditLog } from '../../local/start/audit.ts';
import { connect, credentials, region } from '../../local/start/aws.ts';
import { type Platform, request, startPlatform } from './platform.ts';
import { type Person, signIn } from './sign-in.ts';

let platform: Platform;
let ada: Person;
let ben: Person;

beforeAll(async () => {
  platform = await startPlatform(200);
  const { reviewing } = platform.report;
  [ada, ben] = await Promise.all([signIn(reviewing, 'reviewer'), signIn(reviewing, 'second-reviewer')]);
});
afterAll(() => platform?.interrupt());

interface Status {
  readonly status: string;
  readonly decision: Decision;
  readonly reviews?: readonly { readonly outcome: string; readonly version: number; readonly reviewers: string[] }[];
}
interface Refusal {
  readonly error: { readonly code: string };
}

async function eventually<Result>(what: string, look: () => Promise<Result | undefined>): Promise<Result> {
  const end = Date.now() + 60_000;
  while (Date.now() < end) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(200);
  }
  throw new Error(`${what} did not come about`);
}

const statusOf = async (id: string) =>
  (await (await request(`${platform.report.addresses.api}/applications/${id}`)).json()) as Status;
const reviewed = (id: string) =>
  eventually(`the review of ${id}`, async () => {
    const status = await statusOf(id);
    return status.reviews ? status : undefined;
  });

async function waiting(wanted: (line: QueueLine) => boolean): Promise<QueueLine> {
  const { body } = await ada.get<{ cases: readonly QueueLine[] }>('/reviews');
  const found = body.cases.find(wanted);
  if (!found) throw new Error('the sample of loans has no such case any more: choose another one');
  return found;
}

const take = async (person: Person, caseId: string) =>
  (await person.send<CaseView>('POST', `/reviews/${caseId}/claim`)).body;
const decide = (person: Person, { caseId, approval }: CaseView, verdict: string) =>
  person.send<CaseView & Refusal>('POST', `/reviews/${caseId}/verdict`, {
    verdict,
    approval,
    code: 'documents-support',
    note: 'Zebedee has shown the papers',
  });
/** An application's own case, which one reviewer may decide now. */
const isSmall = ({ eyes, held, barred, referredFor }: QueueLine) =>
  eyes === 1 && held === 'nobody' && barred === null && !referredFor.includes('contested');

/** The entries about a case in the audit log, which is verified on the way. */
async function auditEntries(caseId: string): Promise<readonly AuditEntry[]> {
  const output = (name: string) => platform.outputs[name] as string;
  const places: AuditPlaces = {
    auditBucket: output('AuditBucketName'),
    auditSubjectKeys: output('AuditSubjectKeysName'),
    auditWrappingKey: output('AuditWrappingKeyId'),
    auditSigningKey: output('AuditSigningKeyId'),
    auditOrigin: output('AuditOrigin'),
  };
  const clients = connect(platform.report.addresses.cloud);
  const entries = await readAuditLog(clients, places, AbortSignal.timeout(60_000));
  return entries.filter(({ id, type }) => id === caseId && type !== 'decision');
}

describe('a referred application', () => {
  test('waits for people: a referral that nobody has decided yet is still referred', async () => {
    const { caseId } = await waiting(({ referredFor }) => referredFor.includes('near-threshold'));
    expect(await statusOf(caseId)).toMatchObject({ status: 'referred' });
  });

  test('is decided by whoever holds it: the verdict holds, the model’s stays on record, the audit trail has it', async () => {
    const { caseId } = await waiting(isSmall);
    const first = (await statusOf(caseId)).decision;
    const held = await take(ada, caseId);
    expect(held).toMatchObject({ held: 'you', decision: first });
    expect((await ben.send<Refusal>('POST', `/reviews/${caseId}/claim`)).body.error.code).toBe('claimed');

    expect(await decide(ada, held, 'approve')).toMatchObject({ status: 200, body: { state: 'decided' } });
    const after = await reviewed(caseId);
    expect(after).toMatchObject({
      status: 'approved',
      decision: first,
      reviews: [{ outcome: 'approved', version: 2 }],
    });
    expect((await decide(ada, held, 'approve')).body.error.code).toBe('decided');

    const entries = await eventually('the audit entry', async () => {
      const found = await auditEntries(caseId);
      return found.length > 0 ? found : undefined;
    });
    expect(entries).toContainEqual(expect.objectContaining({ type: 'review', caseId, outcome: 'approved' }));
    expect(JSON.stringify([entries, after])).not.toContain('Zebedee');
  });

  test('of a large amount takes two people who agree', async () => {
    const { caseId } = await waiting(({ eyes, held }) => eyes === 2 && held === 'nobody');
    const first = await take(ada, caseId);
    await decide(ada, first, 'decline');
    expect((await ada.send<Refusal>('POST', `/reviews/${caseId}/claim`)).body.error.code).toBe('same-eyes');
    expect(JSON.stringify(await ben.get(`/reviews/${caseId}`))).not.toContain('"verdict":"decline"');
    await decide(ben, await take(ben, caseId), 'decline');
    const { status, reviews } = await reviewed(caseId);
    expect(status).toBe('declined');
    expect(reviews?.[0]?.reviewers).toHaveLength(2);
  });

  test('goes up the ladder, out of reach of who sent it', async () => {
    const { caseId } = await waiting(isSmall);
    const { approval } = await take(ada, caseId);
    const up = await ada.send('POST', `/reviews/${caseId}/referral`, { approval, code: 'other', note: '' });
    expect(up).toMatchObject({ status: 200, body: { level: 1, barred: 'rung' } });
    const sam = await signIn(platform.report.reviewing, 'senior-reviewer');
    await decide(sam, await take(sam, caseId), 'decline');
    expect(await reviewed(caseId)).toMatchObject({ status: 'declined' });
  });

  test('is open to reviewers alone', async () => {
    const officer = await signIn(platform.report.reviewing, 'risk-officer');
    expect(await officer.get('/reviews')).toMatchObject({ status: 403, body: { error: { code: 'not-a-reviewer' } } });
    const { address } = platform.report.reviewing;
    expect((await fetch(new URL('/api/reviews', address))).status).toBe(401);
    const forged = { authorization: `Bearer ${'x'.repeat(20)}.${'x'.repeat(20)}.${'x'.repeat(20)}` };
    expect((await fetch(new URL('/api/reviews', address), { headers: forged })).status).toBe(401);
  });

  test('can be inserted again with a known verdict, which touches no application', async () => {
    const officer = await signIn(platform.report.reviewing, 'risk-officer');
    const { caseId } = await waiting(isSmall);
    const closed = await take(ada, caseId);
    await decide(ada, closed, 'decline');
    await reviewed(caseId);
    const known = { caseId, verdict: 'decline' };
    const inserted = await eventually('the closed case', async () => {
      const { status, body } = await officer.send<{ caseId: string }>('POST', '/known-cases', known);
      return status === 200 ? body.caseId : undefined;
    });
    expect(await ben.send('POST', '/known-cases', known)).toMatchObject({ status: 403 });
    const looked = await take(ben, inserted);
    // Neither the right verdict nor the case that it was made of is shown.
    expect(Object.keys(looked)).not.toContain('known');
    expect(looked.similar.map((similar) => similar.caseId)).not.toContain(caseId);
    await decide(ben, looked, 'approve');
    await eventually('the end of the inserted case', async () =>
      (await ben.get<CaseView>(`/reviews/${inserted}`)).body.state === 'closed' ? true : undefined,
    );
    expect((await request(`${platform.report.addresses.api}/applications/${inserted}`)).status).toBe(404);
  });
});

describe('a decision that is contested', () => {
  const contest = (id: string, body: object) =>
    request(`${platform.report.addresses.api}/decisions/${id}/contest`, { method: 'POST', body: JSON.stringify(body) });

  test('goes to a person who had no part in it, with what the applicant says, and can be changed', async () => {
    const { caseId: applicationId } = await waiting(isSmall);
    await decide(ada, await take(ada, applicationId), 'decline');
    await reviewed(applicationId);
    const answer = await contest(applicationId, { statement: 'The figures of last year were not mine.' });
    expect(answer.status).toBe(202);
    const { caseId } = (await answer.json()) as { caseId: string };
    expect((await ada.get<CaseView>(`/reviews/${caseId}`)).body.barred).toBe('has-a-part');
    const held = await take(ben, caseId);
    expect(held.steps).toMatchObject([{ kind: 'contested', note: 'The figures of last year were not mine.' }]);
    await decide(ben, held, 'approve');
    const after = await eventually('the third version', async () => {
      const found = await statusOf(applicationId);
      return found.reviews?.length === 2 ? found : undefined;
    });
    expect(after).toMatchObject({ status: 'approved', reviews: [{ outcome: 'declined' }, { version: 3 }] });
  });

  test('must have been made, and a statement be given', async () => {
    expect((await contest('never-seen', { statement: '' })).status).toBe(404);
    expect((await contest('never-seen', { words: 1 })).status).toBe(400);
  });
});

describe('a case that nobody decides', () => {
  const any: Deadline = { leftMs: () => 60_000, signal: AbortSignal.timeout(600_000) };

  /** Opens a case as it would be if it had been opened some hours ago, and starts its workflow. */
  async function openedAgo(hours: number): Promise<ReviewCase> {
    const endpoint = platform.report.addresses.cloud;
    const { caseId: applicationId } = await waiting(isSmall);
    await decide(ada, await take(ada, applicationId), 'approve');
    const { decision } = await reviewed(applicationId);
    const opening = {
      caseId: `${applicationId}-contest-${hours}`,
      decision,
      referredFor: ['contested'],
      barred: [],
    } as const;
    const opened = newCase(opening, new Date(Date.now() - hours * 3_600_000), reviewSettings({}).review);
    const cases = dynamoCases(connect(endpoint).dynamo, platform.outputs['CasesTableName'] as string);
    await cases.create(opened, any);
    const sfn = new SFNClient({ endpoint, region, credentials });
    await startWorkflow(sfn, platform.outputs['ReviewWorkflowArn'] as string)(opened.caseId, any);
    return opened;
  }

  test('goes to the next rung when the first has had its time', async () => {
    const { caseId } = await openedAgo(5);
    const { body } = await eventually('the next rung', async () => {
      const found = await ada.get<CaseView>(`/reviews/${caseId}`);
      return found.body.level === 1 ? found : undefined;
    });
    expect(body).toMatchObject({ state: 'waiting', barred: 'rung', priority: 3 });
  });

  test('is declined when the last rung has had its time, and the audit log says that nobody decided', async () => {
    const { caseId, applicationId } = await openedAgo(25);
    const { status, reviews } = await eventually('the expiry', async () => {
      const found = await statusOf(applicationId);
      return found.reviews?.length === 2 ? found : undefined;
    });
    expect(status).toBe('declined');
    expect(reviews).toMatchObject([{ outcome: 'approved' }, { outcome: 'declined', rung: 'expiry', reviewers: [] }]);
    const entries = await eventually('the audit entry', async () => {
      const found = await auditEntries(caseId);
      return found.length > 0 ? found : undefined;
    });
    expect(entries).toContainEqual(expect.objectContaining({ type: 'review', by: 'expiry', outcome: 'declined' }));
  });
});

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
if (!executablePath) console.warn('No Chromium is installed: the console is not tested in a browser.');

describe.skipIf(!executablePath)('the console', () => {
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    page = await browser.newPage();
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.location().url.endsWith('.ico')) complaints.push(message.text());
    });
  });
  afterAll(() => browser?.close());

  const button = (name: string) => page.getByRole('button', { name });

  test('signs in, and decides a case by keyboard alone; the decision is seen in the API', async () => {
    const { address, password } = platform.report.reviewing;
    await page.goto(address);
    await page.getByLabel('Username').fill('reviewer');
    await page.getByLabel('Password').fill(password);
    await page.keyboard.press('Enter');
    const { caseId } = await waiting(isSmall);
    await button(`Open case ${caseId}`).focus();
    await page.keyboard.press('Enter');
    await button('Take the case').focus();
    await page.keyboard.press('Enter');
    await page.getByText('The case is yours until').waitFor();
    await page.getByLabel('Decline', { exact: true }).focus();
    await page.keyboard.press('Space');
    await button('Reason').focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await button('Record the verdict').focus();
    await page.keyboard.press('Enter');
    await page.getByText('Your verdict is recorded.').waitFor();
    expect(await reviewed(caseId)).toMatchObject({ status: 'declined', reviews: [{ outcome: 'declined' }] });
  });

  test('names no case and no person in an address or in storage', async () => {
    expect(page.url()).toBe(platform.report.reviewing.address);
    expect(await page.evaluate('[localStorage.length, sessionStorage.length, document.cookie]')).toEqual([0, 0, '']);
  });

  test.each(['light', 'dark'] as const)('has no fault that axe finds (WCAG 2.2 AA): %s', async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    expect(await faults(page)).toEqual([]);
    const { caseId } = await waiting(isSmall);
    await button(`Open case ${caseId}`).click();
    await button('Take the case').click();
    await page.getByText('The case is yours until').waitFor();
    expect(await faults(page)).toEqual([]);
    await button('Give it back').click();
    await button('Take the case').waitFor();
    await button('Back to the queue').click();
    await page.getByText('Cases that wait').first().waitFor();
  });

  test('fits a phone', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
  });

  test('keeps to its policy: the browser has nothing to complain of', () => {
    expect(complaints).toEqual([]);
  });
});

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The rules of WCAG 2.2 AA that a page breaks, with the first element at fault. */
async function faults(page: Page): Promise<string[]> {
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
  const { violations } = (await page.evaluate(`${axe}; axe.run({ runOnly: ${JSON.stringify(tags)} })`)) as {
    violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[];
  };
  return violations.map(({ id, nodes }) => `${id} ${nodes[0]?.html}`);
}
