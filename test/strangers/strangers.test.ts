import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { caseStudy } from '../lib/app.ts';
import { checkers, type Finding, isAcknowledged, resourcesIn, type Subject } from './findings.ts';

/** Open findings per resource that are borne at the most. They may only fall. */
const ratchet: Readonly<Record<string, number>> = JSON.parse(
  readFileSync(new URL('ratchet.json', import.meta.url), 'utf8'),
);

/** Findings per resource of public blueprints, acknowledged or not, by the same versions of the same checkers. */
const published: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'streaming-data-solution 1.9.5': { 'cfn-lint': 0.12, checkov: 0.48, AwsSolutions: 0.48, 'NIST 800-53 r5': 0.68 },
  'data-solutions-framework 1.21.3': { 'cfn-lint': 0.16, checkov: 0.15, AwsSolutions: 0.54, 'NIST 800-53 r5': 0.39 },
};

let subject: Subject;
let resources: number;

beforeAll(() => {
  const { app } = caseStudy();
  subject = { app, directory: app.synth().directory };
  resources = resourcesIn(app).length;
});

test.each(Object.entries(checkers))('%s finds no more than it did', async (name, check) => {
  const findings = await check(subject);
  const open = findings.filter((finding) => !isAcknowledged(subject.app, finding));
  const perResource = (found: readonly Finding[]) => Number((found.length / resources).toFixed(3));
  console.log(
    [
      `${name}: ${findings.length} findings (${perResource(findings)} per resource), ${open.length} open (${perResource(open)})`,
      ...Object.entries(published).map(([blueprint, figures]) => `  ${blueprint}: ${figures[name]} per resource`),
      ...open.map(({ rule, at }) => `  open: ${rule} ${at}`),
    ].join('\n'),
  );
  expect(open.filter(({ isError }) => isError && name !== 'NIST 800-53 r5')).toEqual([]);
  expect(perResource(open)).toBeLessThanOrEqual(ratchet[name] ?? 0);
});
