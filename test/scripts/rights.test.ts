import { expect, test } from 'vitest';
import { parseLedger, rightsOf } from '../../scripts/rights/ledger.ts';

const line = (what: object) => JSON.stringify({ role: 'SeaworthyDecision-Consumer', ...what });
const key = (id: string) => ({ resources: [`arn:aws:kms:eu-west-2:000000000000:key/${id}`], conditions: {} });
const first = key('e3e10a6b-371e-45f6-8081-28ca4d3da5c1');
const second = key('dda673a5-58f6-4035-a75a-f79d797fd2af');

test('a grant that one deployment uses is used, whatever the ids of its resources', () => {
  const ledgers = [line({ granted: 'kms:Decrypt', ...first }), line({ granted: 'kms:Decrypt', ...second })];
  const used = line({ used: 'kms:Decrypt', ...second });
  expect(rightsOf(parseLedger([...ledgers, used].join('\n')))).toMatchObject({
    granted: [{}],
    unused: [],
    refused: [],
  });
});

test('a grant that is never used is told with its role and resources', () => {
  const { unused } = rightsOf(parseLedger(line({ granted: 'kms:Sign', ...first })));
  expect(unused).toEqual([{ role: 'SeaworthyDecision-Consumer', action: 'kms:Sign', resources: first.resources }]);
});

test('use by another condition is no use of a grant', () => {
  const granted = line({ granted: 'kms:Sign', ...first, conditions: { Bool: { 'aws:SecureTransport': 'true' } } });
  const { unused } = rightsOf(parseLedger(`${granted}\n${line({ used: 'kms:Sign', ...first })}\n`));
  expect(unused).toHaveLength(1);
});

test('a refusal is told once', () => {
  const text = `${line({ refused: 's3:PutObject' })}\n${line({ refused: 's3:PutObject' })}\n`;
  expect(rightsOf(parseLedger(text)).refused).toEqual([{ role: 'SeaworthyDecision-Consumer', action: 's3:PutObject' }]);
});
