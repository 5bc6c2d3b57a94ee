import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loansFile, trainerLoansFile } from '../../scripts/schemas.ts';

test("the trainer's copy of the columns is the definition: run `node scripts/schemas.ts` after a change", () => {
  expect(readFileSync(trainerLoansFile, 'utf8')).toBe(readFileSync(loansFile, 'utf8'));
});
