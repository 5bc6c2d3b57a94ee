import * as v from 'valibot';

/** How much is decided without people, from all to nothing at all. */
export const modes = ['normal', 'degraded', 'manual', 'stop'] as const;

export type Mode = (typeof modes)[number];

const text = (longest: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(longest));

/** The configuration that sets the mode; `schemas/modes.schema.json` says the same to AppConfig. */
export const modeDocument = v.strictObject({ mode: v.picklist(modes), reason: text(1000), by: text(200) });

export type ModeDocument = v.InferOutput<typeof modeDocument>;

/** @returns undefined if it is no such configuration */
export function parseMode(content: string): ModeDocument | undefined {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), modeDocument), content);
  return parsed.success ? parsed.output : undefined;
}
