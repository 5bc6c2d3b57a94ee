import * as v from 'valibot';
import { applicationId, day } from '../application/application.ts';
import type { Form } from '../application/validate.ts';

/** Largest body of one outcome, in bytes of UTF-8. */
export const maximumBytes = 4 * 1024;

const fields = v.strictObject({
  applicationId,
  outcome: v.picklist(['paid', 'defaulted'], 'give paid or defaulted'),
  occurredAt: day,
  knownAt: day,
  corrects: v.exactOptional(
    v.pipe(
      v.number('give a number'),
      v.integer('give a whole number'),
      v.minValue(1, 'give the number of the version that this one corrects'),
      v.maxValue(1_000, 'give at most 1000'),
    ),
  ),
});

/**
 * How a loan ended: on which day it did, and since which day the bank knows. Whatever is computed of outcomes counts
 * one from the day after `knownAt`, never from `occurredAt`. `corrects` is the number of the version that this one
 * corrects; without it the outcome is the first. The one source of its JSON Schema and its type.
 */
export const outcomeSchema = v.pipe(
  fields,
  v.forward(
    v.partialCheck(
      [['occurredAt'], ['knownAt']],
      ({ occurredAt, knownAt }) => occurredAt <= knownAt,
      'give a day from occurredAt on',
    ),
    ['knownAt'],
  ),
);

export type Outcome = v.InferOutput<typeof outcomeSchema>;

/** How a loan can end. */
export type Ending = Outcome['outcome'];

/** What an outcome is called where it is refused, and its fields. */
export const outcomeForm: Form = { name: 'an outcome', fields: new Set(Object.keys(fields.entries)) };
