import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { Reviewing } from '../../local/start/reviewing.ts';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
if (!executablePath) console.warn('No Chromium is installed: the console is not tested in a browser.');

/** Whether this machine has a browser for the tests. */
export const hasBrowser = executablePath !== undefined;

/** A page of the console, and what the browser complains of. */
export interface ConsolePage {
  readonly browser: Browser;
  readonly page: Page;
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

export async function openBrowser(): Promise<ConsolePage> {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const page = await browser.newPage({ viewport: { width: 1200, height: 760 } });
  const complaints: string[] = [];
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.location().url.endsWith('.ico')) complaints.push(message.text());
  });
  return { browser, page, complaints, close: () => browser.close() };
}

/** Signs in on the sign-in page, by keyboard. */
export async function signInOn(page: Page, { address, password }: Reviewing, username: string): Promise<void> {
  await page.goto(address);
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password').fill(password);
  await page.keyboard.press('Enter');
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The rules of WCAG 2.2 AA that a page breaks, with the first element at fault. */
export async function faults(page: Page): Promise<string[]> {
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
  const { violations } = (await page.evaluate(`${axe}; axe.run({ runOnly: ${JSON.stringify(tags)} })`)) as {
    violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[];
  };
  return violations.map(({ id, nodes }) => `${id} ${nodes[0]?.html}`);
}
