import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ConsolePage, faults, hasBrowser, openBrowser, signInOn } from './browser.ts';
import { type Platform, startPlatform } from './platform.ts';
import { type Person, signIn } from './sign-in.ts';
import { isSmall, reviewed, waiting } from './steps.ts';

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

  test('fits a phone', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
  });

  test('keeps to its policy: the browser has nothing to complain of', () => {
    expect(opened.complaints).toEqual([]);
  });
});
