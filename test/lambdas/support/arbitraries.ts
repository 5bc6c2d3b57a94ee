import fc from 'fast-check';
import type { Application } from '../../../lambdas/patterns/application/application.ts';

const digits = (least: number, most: number) => fc.stringMatching(new RegExp(`^[0-9]{${least},${most}}$`));
const state = fc.stringMatching(/^[A-Z]{2}$/);
const name = (longest: number) =>
  fc.stringMatching(/^[\p{L}\p{N}&.,'\- ]+$/u, { maxLength: longest }).map((text) => text.slice(0, longest) || 'X');
const count = fc.integer({ min: 0, max: 1e7 });
const nullable = fc.option(fc.boolean(), { nil: null });
const day = fc
  .date({ min: new Date('1962-01-01'), max: new Date('2026-05-05'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));

/** Any application that is in order on 5 May 2026. */
export const anyApplication: fc.Arbitrary<Application> = fc
  .record({
    applicationId: fc.stringMatching(/^[A-Za-z0-9-]{1,64}$/),
    submittedAt: day,
    applicantName: name(200),
    city: name(100),
    state,
    zip: digits(5, 5),
    lenderName: fc.option(name(200), { nil: null }),
    lenderState: fc.option(state, { nil: null }),
    industryCode: digits(1, 6),
    requestedAmount: fc.double({ min: 0.01, max: 1e9, noNaN: true }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    employees: count,
    newBusiness: nullable,
    jobsCreated: count,
    jobsRetained: count,
    franchise: fc.boolean(),
    urbanRural: fc.constantFrom('urban' as const, 'rural' as const, 'unknown' as const),
    revolvingCredit: nullable,
    lowDocumentation: nullable,
  })
  .map(({ share, ...rest }) => ({ ...rest, guaranteedAmount: rest.requestedAmount * share }));

/** One field of an application, by name. */
export const anyField = fc.constantFrom(...Object.keys(fc.sample(anyApplication, 1)[0] ?? {}));
