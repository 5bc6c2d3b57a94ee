import * as v from 'valibot';

/** Largest body of one application, in bytes of UTF-8. */
export const maximumBytes = 256 * 1024;

/** No control characters, no line or paragraph separators, and nothing that turns the direction of what follows. */
const printable = /^[^\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]*$/u;

// The message of a check is the remedy: what to give instead.

function text(longest: number) {
  return v.pipe(
    v.string('give a string'),
    v.minLength(1, 'give at least one character'),
    v.maxLength(longest, `give at most ${longest} characters`),
    v.regex(printable, 'leave control characters out'),
    v.check((value) => value.isWellFormed(), 'leave halves of surrogate pairs out'),
  );
}

function matching(pattern: RegExp, remedy: string) {
  return v.pipe(v.string('give a string'), v.regex(pattern, remedy));
}

const state = matching(/^[A-Z]{2}$/, 'give two capital letters, such as CA');
const amount = v.pipe(v.number('give a number'), v.maxValue(1e9, 'give at most 1000000000'));
const count = v.pipe(
  v.number('give a number'),
  v.integer('give a whole number'),
  v.minValue(0, 'give 0 or more'),
  v.maxValue(1e7, 'give at most 10000000'),
);
const flag = v.boolean('give true or false');

/** Whether a date is a day of its month; `Date` takes the 30th of February for the 1st or 2nd of March. */
function isCalendarDay(day: string): boolean {
  return new Date(day).getUTCDate() === Number(day.slice(8));
}

/** The id of an application, as its sender chose it. */
export const applicationId = matching(/^[A-Za-z0-9-]{1,64}$/, 'give 1 to 64 letters, digits or hyphens');

/** A day of the calendar, YYYY-MM-DD. */
export const day = v.pipe(
  v.string('give a string'),
  v.isoDate('give a date of the form YYYY-MM-DD'),
  v.check(isCalendarDay, 'give a day of the calendar'),
);

const fields = v.strictObject({
  applicationId,
  submittedAt: day,
  applicantName: text(200),
  city: text(100),
  state,
  zip: matching(/^\d{5}$/, 'give five digits'),
  lenderName: v.nullable(text(200)),
  lenderState: v.nullable(state),
  industryCode: matching(/^\d{1,6}$/, 'give 1 to 6 digits of a NAICS code, 0 if unknown'),
  requestedAmount: v.pipe(amount, v.gtValue(0, 'give more than 0')),
  guaranteedAmount: v.pipe(amount, v.minValue(0, 'give 0 or more')),
  employees: count,
  newBusiness: v.nullable(flag),
  jobsCreated: count,
  jobsRetained: count,
  franchise: flag,
  urbanRural: v.picklist(['urban', 'rural', 'unknown'], 'give urban, rural or unknown'),
  revolvingCredit: v.nullable(flag),
  lowDocumentation: v.nullable(flag),
});

/** A loan application as it is posted; money is in US dollars. The one source of its JSON Schema and its type. */
export const applicationSchema = v.pipe(
  fields,
  v.forward(
    v.partialCheck(
      [['requestedAmount'], ['guaranteedAmount']],
      ({ requestedAmount, guaranteedAmount }) => guaranteedAmount <= requestedAmount,
      'give at most requestedAmount',
    ),
    ['guaranteedAmount'],
  ),
);

export type Application = v.InferOutput<typeof applicationSchema>;

export function isApplicationId(value: unknown): value is string {
  return v.is(applicationId, value);
}

/** The names of an application's fields. */
export const fieldNames: ReadonlySet<string> = new Set(Object.keys(fields.entries));
