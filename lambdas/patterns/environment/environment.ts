/** The environment variables of a process. */
export type Source = Readonly<Record<string, string | undefined>>;

/**
 * Reads a handler's environment at start-up.
 *
 * @param names the variables that must be there
 * @param source @default - the process's own
 * @throws Error that lists every variable that is missing or empty
 */
export function required<Name extends string>(
  names: readonly Name[],
  source: Source = process.env,
): Readonly<Record<Name, string>> {
  const missing = names.filter((name) => !source[name]);
  if (missing.length > 0) {
    throw new Error(
      `environment variables ${missing.join(', ')} are missing or empty: set them on the function (its construct does)`,
    );
  }
  return Object.fromEntries(names.map((name) => [name, source[name] as string])) as Record<Name, string>;
}

/**
 * Parses a number of the environment.
 *
 * @throws Error that names the variable, the value and the range allowed
 */
export function numberWithin(name: string, value: string, least: number, most: number): number {
  const parsed = Number(value);
  if (value.trim() === '' || !(parsed >= least && parsed <= most)) {
    throw new Error(`${name} is ${JSON.stringify(value)}: set it to a number from ${least} to ${most}`);
  }
  return parsed;
}

/**
 * Parses a list of states.
 *
 * @returns their codes; none for the value `none`
 * @throws Error that names the variable and the values allowed
 */
export function statesOf(name: string, value: string): ReadonlySet<string> {
  if (value === 'none') return new Set();
  if (/^[A-Z]{2}(,[A-Z]{2})*$/.test(value)) return new Set(value.split(','));
  throw new Error(`${name} is ${JSON.stringify(value)}: set it to none, or to codes such as PR,GU`);
}
