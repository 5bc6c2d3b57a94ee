import table from '../../../schemas/reason-codes.json' with { type: 'json' };

const codes = new Map(Object.entries(table).map(([code, { feature }]) => [feature, code]));
const texts = new Map(Object.entries(table).map(([code, { text }]) => [code, text]));

/** The code of a feature in letters to applicants; each means the same for ever. */
export function codeOf(feature: string): string {
  const code = codes.get(feature);
  if (code === undefined) throw new Error(`the feature ${feature} has no code: add it to the reason codes`);
  return code;
}

/** What a code means, in the words that an applicant is told. */
export function textOf(code: string): string | undefined {
  return texts.get(code);
}
