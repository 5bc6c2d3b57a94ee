import * as v from 'valibot';

/** How much is decided without people, from all to nothing at all. */
export const modes = ['normal', 'degraded', 'manual', 'stop'] as const;

export type Mode = (typeof modes)[number];

const text = (longest: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(longest));

/** The configuration that sets the mode; `schemas/modes.schema.json` says the same to AppConfig. */
export const modeDocument = v.strictObject({
  mode: v.picklist(modes),
  reason: text(1000),
  by: text(200),
  /** When it was set, in UTC to the millisecond; the mode that a deployment of the platform sets says no time. */
  at: v.optional(v.pipe(v.string(), v.regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{3}Z$/))),
});

export type ModeDocument = v.InferOutput<typeof modeDocument>;

/** @returns undefined if it is no such configuration */
export function parseMode(content: string): ModeDocument | undefined {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), modeDocument), content);
  return parsed.success ? parsed.output : undefined;
}
