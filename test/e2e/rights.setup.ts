import { mkdirSync, rmSync } from 'node:fs';
import { rightsFolder } from '../../scripts/rights/ledger.ts';

/** Has the embedded clouds of these tests write down what roles use of their rights: `npm run rights` reads it. */
export default function setup(): void {
  rmSync(rightsFolder, { recursive: true, force: true });
  mkdirSync(rightsFolder, { recursive: true });
  process.env['SEAWORTHY_RIGHTS'] = rightsFolder;
}
