import * as v from 'valibot';

/** Largest body of one application, in bytes of UTF-8. */
export const maximumBytes = 256 * 1024;

/** A letter, mark, digit, sign or plain space: everything that a name may hold, and no control character. */
const printable = /^[^\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}]*$/u;

function text(longest: number) {
  return v.pipe(
    v.string('must be a string'),
    v.minLength(1, 'must not be empty'),
    v.maxLength(longest, `must have at most ${longest} characters`),
    v.regex(printable, 'must not hold control characters'),
  );
}

function matching(pattern: RegExp, remedy: string) {
  return v.pipe(v.string('must be a string'), v.regex(pattern, remedy));
}

const state = matching(/^[A-Z]{2}$/, 'must be two capital letters, such as CA');
const amount = v.pipe(v.number('must be a number'), v.finite('must be finite'));
const count = v.pipe(
  v.number('must be a number'),
  v.integer('must be a whole number'),
  v.minValue(0, 'must be 0 or more'),
  v.maxValue(1e7, 'must be at most 10000000'),
);
const flag = v.boolean('must be true or false');

function isCalendarDay(day: string): boolean {
  const time = Date.parse(`${day}T00:00:00Z`);
  return Number.isFinite(time) && new Date(time).toISOString().startsWith(day);
}

/** A loan application as it is posted; money is in US dollars. The one source of its JSON Schema and its type. */
export const applicationSchema = v.pipe(
  v.strictObject({
    applicationId: matching(/^[A-Za-z0-9-]{1,64}$/, 'must be 1 to 64 letters, digits or hyphens'),
    submittedAt: v.pipe(
      matching(/^\d{4}-\d{2}-\d{2}$/, 'must be a date of the form YYYY-MM-DD'),
      v.check(isCalendarDay, 'must be a day of the calendar'),
    ),
    applicantName: text(200),
    city: text(100),
    state,
    zip: matching(/^\d{5}$/, 'must be five digits'),
    lenderName: v.nullable(text(200)),
    lenderState: v.nullable(state),
    industryCode: matching(/^\d{1,6}$/, 'must be 1 to 6 digits of a NAICS code, 0 if unknown'),
    requestedAmount: v.pipe(amount, v.gtValue(0, 'must be more than 0'), v.maxValue(1e9, 'must be at most 1000000000')),
    guaranteedAmount: v.pipe(amount, v.minValue(0, 'must be 0 or more')),
    employees: count,
    newBusiness: v.nullable(flag),
    jobsCreated: count,
    jobsRetained: count,
    franchise: flag,
    urbanRural: v.picklist(['urban', 'rural', 'unknown'], 'must be urban, rural or unknown'),
    revolvingCredit: v.nullable(flag),
    lowDocumentation: v.nullable(flag),
  }),
  v.forward(
    v.partialCheck(
      [['requestedAmount'], ['guaranteedAmount']],
      ({ requestedAmount, guaranteedAmount }) => guaranteedAmount <= requestedAmount,
      'must be at most requestedAmount',
    ),
    ['guaranteedAmount'],
  ),
);

export type Application = v.InferOutput<typeof applicationSchema>;
