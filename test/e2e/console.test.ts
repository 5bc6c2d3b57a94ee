import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifyReceipt } from '../../console/src/proof.ts';
import type { EntryProof } from '../../lambdas/patterns/review/proof.ts';
import { type ConsolePage, faults, hasBrowser, openBrowser, signInOn } from './browser.ts';
import { type Platform, startPlatform } from './platform.ts';
import { type Person, signIn } from './sign-in.ts';
import { decide, eventually, isSmall, reviewed, take, waiting } from './steps.ts';

describe.skipIf(!hasBrowser)('the console', () => {
  let platform: Platform;
  let ada: Person;
  let opened: ConsolePage;
  let page: Page;
  beforeAll(async () => {
    platform = await startPlatform(200);
    ada = await signIn(platform.report.reviewing, 'reviewer');
    opened = await openBrowser();
    page = opened.page;
  });
  afterAll(async () => {
    await opened?.close();
    await platform?.interrupt();
  });

  const button = (name: string) => page.getByRole('button', { name });

  test('signs in, and decides a case by keyboard alone; the decision is seen in the API', async () => {
    await signInOn(page, platform.report.reviewing, 'reviewer');
    const { caseId } = await waiting(ada, isSmall);
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
    expect(await reviewed(platform, caseId)).toMatchObject({ status: 'declined', reviews: [{ outcome: 'declined' }] });
  });

  test('names no case and no person in an address or in storage', async () => {
    expect(page.url()).toBe(platform.report.reviewing.address);
    expect(await page.evaluate('[localStorage.length, sessionStorage.length, document.cookie]')).toEqual([0, 0, '']);
  });

  test.each(['light', 'dark'] as const)('has no fault that axe finds (WCAG 2.2 AA): %s', async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    expect(await faults(page)).toEqual([]);
    const { caseId } = await waiting(ada, isSmall);
    await button(`Open case ${caseId}`).click();
    await button('Take the case').click();
    await page.getByText('The case is yours until').waitFor();
    expect(await faults(page)).toEqual([]);
    await button('Give it back').click();
    await button('Take the case').waitFor();
    await button('Back to the queue').click();
    await page.getByText('Cases that wait').first().waitFor();
  });

  test('shows where the audit log has the decision, as it computes itself, and says so if it is not proven', async () => {
    const { caseId } = await waiting(ada, isSmall);
    await button(`Open case ${caseId}`).click();
    await page.getByText(/decision\/\S+ is entry \d+ of the log: verified\./).waitFor();
    await page.getByText('It says what this page says.').waitFor();
    await button('Back to the queue').click();
    await page.route('**/api/reviews/*/proof', async (route) => {
      const { proofs } = (await (await route.fetch()).json()) as { proofs: { receipt: string }[] };
      const forged = proofs.map((proof) => ({ ...proof, receipt: proof.receipt.replace(/index \d+/, 'index 0') }));
      await route.fulfill({ json: { proofs: forged } });
    });
    await button(`Open case ${caseId}`).click();
    await page.getByText('Not proven: ').first().waitFor();
    expect(await faults(page)).toEqual([]);
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await button('Back to the queue').click();
  });

  test('has the proof of what was decided, for whoever reviews', async () => {
    const { caseId } = await waiting(ada, isSmall);
    await decide(ada, await take(ada, caseId), 'decline');
    await reviewed(platform, caseId);
    const { address } = platform.report.reviewing;
    const { auditKey } = (await (await fetch(new URL('/config.json', address))).json()) as { auditKey: string };
    const proofs = await eventually('the proof of the review', async () => {
      const { body } = await ada.get<{ proofs: readonly EntryProof[] }>(`/reviews/${caseId}/proof`);
      return body.proofs.length === 2 && body.proofs.every(({ receipt }) => receipt) ? body.proofs : undefined;
    });
    expect(proofs.map(({ name, content }) => [name, content])).toEqual([
      [`decision/${caseId}`, 'same'],
      [`review/${caseId}`, 'same'],
    ]);
    for (const { receipt } of proofs)
      expect((await verifyReceipt(receipt as string, auditKey)).size).toBeGreaterThan(0);
    const officer = await signIn(platform.report.reviewing, 'risk-officer');
    expect(await officer.get(`/reviews/${caseId}/proof`)).toMatchObject({ status: 403 });
  });

  test('fits a phone', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
  });

  test('keeps to its policy: the browser has nothing to complain of', () => {
    expect(opened.complaints).toEqual([]);
  });
});
