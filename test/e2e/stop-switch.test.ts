import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ModeView } from '../../lambdas/patterns/modes/request.ts';
import { type ConsolePage, faults, hasBrowser, openBrowser, signInOn } from './browser.ts';
import { type Platform, startPlatform } from './platform.ts';
import { type Person, signIn } from './sign-in.ts';
import { auditLog, eventually, keptApplication, outcomeOf, type Refusal } from './steps.ts';

let platform: Platform;
let ada: Person;
let officer: Person;

beforeAll(async () => {
  platform = await startPlatform(20);
  const { reviewing } = platform.report;
  [ada, officer] = await Promise.all([signIn(reviewing, 'reviewer'), signIn(reviewing, 'duty-officer')]);
});
afterAll(() => platform?.interrupt());

const modeOf = async (person: Person) => (await person.get<ModeView>('/mode')).body;
const switches = async () => (await auditLog(platform)).filter(({ type }) => type === 'mode');

test('a reviewer sees the mode, and may not switch it', async () => {
  expect(await modeOf(ada)).toEqual({
    mode: 'normal',
    by: 'deployment',
    reason: 'as deployed',
    at: null,
    maySwitch: false,
  });
  const stop = { mode: 'stop', from: 'normal', reason: 'drill' };
  const { status, body } = await ada.send<Refusal>('PUT', '/mode', stop);
  expect([status, body.error.code]).toEqual([403, 'not-entitled']);
  expect(await modeOf(ada)).toMatchObject({ mode: 'normal' });
  expect(await switches()).toEqual([]);
});

test('without a signed-in person nobody is let in', async () => {
  const address = new URL('/api/mode', platform.report.reviewing.address);
  expect((await fetch(address, { method: 'PUT', body: '{}' })).status).toBe(401);
});

describe.skipIf(!hasBrowser)('a duty officer, in the browser', () => {
  let opened: ConsolePage;
  beforeAll(async () => {
    opened = await openBrowser();
    await signInOn(opened.page, platform.report.reviewing, 'duty-officer');
  });
  afterAll(() => opened?.close());
  const button = (name: string) => opened.page.getByRole('button', { name, exact: true });
  const heading = (mode: string) => opened.page.getByText(`Mode: ${mode}`);

  test('stops with a reason, by keyboard alone; what comes in is kept; it is in the audit log in their name', async () => {
    const { page } = opened;
    await heading('Normal').waitFor();
    expect(await faults(page)).toEqual([]);
    await button('Stop all decisions').focus();
    await page.keyboard.press('Enter');
    await page.getByText('Stop all decisions?').waitFor();
    await button('Stop now').click();
    await page.getByText('Say why.').waitFor();
    await page.getByRole('textbox', { name: 'Reason' }).fill('The scores look wrong since noon');
    expect(await faults(page)).toEqual([]);
    await page.keyboard.press('Tab');
    await button('Stop now').focus();
    await page.keyboard.press('Enter');
    await heading('Stop').waitFor();
    await page.getByText('The scores look wrong since noon').waitFor();
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await faults(page)).toEqual([]);
    expect(await modeOf(ada)).toMatchObject({ mode: 'stop', reason: 'The scores look wrong since noon' });

    const kept = await keptApplication(platform, 'stopped');
    const [entry] = await eventually('the entry', async () => {
      const found = await switches();
      return found.length > 0 ? found : undefined;
    });
    const { at, by } = await modeOf(officer);
    expect(entry).toMatchObject({ from: 'normal', to: 'stop', reason: 'The scores look wrong since noon', at, by });

    await button('Switch the mode').click();
    await page.getByRole('radio', { name: 'Normal' }).click();
    await page.getByRole('textbox', { name: 'Reason' }).fill('The scores were right');
    await button('Switch').click();
    await heading('Normal').waitFor();
    const outcome = await eventually('the decision of what was kept', async () => {
      const found = await outcomeOf(platform, kept);
      return found === 'kept' ? undefined : found;
    });
    expect(['approved', 'declined', 'referred']).toContain(outcome);
    const decisions = await eventually('the entry of the decision', async () => {
      const found = (await auditLog(platform)).filter(({ type, id }) => type === 'decision' && id === kept);
      return found.length > 0 ? found : undefined;
    });
    expect(decisions).toHaveLength(1);
  });

  test('who saw another mode does not end a stop that they do not know of', async () => {
    const back = { mode: 'normal', from: 'manual', reason: 'all is well' };
    expect((await officer.send<Refusal>('PUT', '/mode', back)).body.error.code).toBe('mode-changed');
  });

  test('has nothing to complain of but what it was refused', () => {
    expect(opened.complaints.filter((text) => !text.includes('403'))).toEqual([]);
  });
});
