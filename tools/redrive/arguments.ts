import { parseArgs } from 'node:util';

/** What the command line asks for. */
export interface RedriveOptions {
  /** ISO 8601 instant, UTC. */
  readonly since: string;
  readonly classes: readonly string[];
  readonly by: string | undefined;
  readonly perSecond: number;
  /** Name of the function; undefined takes that of the stack. */
  readonly functionName: string | undefined;
}

export const classes = ['given-up', 'malformed', 'schema-invalid', 'oversized', 'policy-blocked'] as const;

export const usage = `Usage: npm run redrive -- --since INSTANT --class CLASS [options]

Delivers failed records to the consumer again. Each is checked against the current code first; what can still not be
decided stays where it is. A record that was decided in the meantime is not decided twice.

  --since INSTANT   what failed since then, such as 2026-05-05 or 2026-05-05T10:00:00Z
  --class CLASS     ${classes.join(', ')} or all; may be given several times
  --rate N          records per second at most (default 5)
  --by WHO          number of staff or role that goes into the audit trail (default: the role or user id of the caller)
  --function NAME   the redrive function (default: the output RedriveFunctionName of the stack SeaworthyIngestion)
  --help            print this`;

/** A command line that can't be followed; the message says why and what to give. */
export class UsageError extends Error {
  constructor(message: string) {
    super(`${message}: see npm run redrive -- --help`);
    this.name = 'UsageError';
  }
}

const options = {
  since: { type: 'string' },
  class: { type: 'string', multiple: true },
  rate: { type: 'string', default: '5' },
  by: { type: 'string' },
  function: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

/**
 * Reads the command line.
 *
 * @returns undefined if help is asked for
 * @throws UsageError that names the option, the value and the values allowed
 */
export function parseArguments(args: readonly string[]): RedriveOptions | undefined {
  const values = parsed(args);
  if (values.help) return undefined;
  return {
    since: instant(values.since),
    classes: classesOf(values.class),
    by: values.by,
    perSecond: rate(values.rate),
    functionName: values.function,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function instant(value: string | undefined): string {
  const time = Date.parse(value ?? '');
  if (Number.isFinite(time)) return new Date(time).toISOString();
  throw new UsageError(`--since is ${value}, give an instant such as 2026-05-05T10:00:00Z`);
}

function classesOf(values: readonly string[] = []): readonly string[] {
  const known: readonly string[] = classes;
  if (values.includes('all')) return known;
  const wrong = values.find((value) => !known.includes(value));
  if (wrong === undefined && values.length > 0) return values;
  throw new UsageError(`--class is ${wrong}, give ${known.join(', ')} or all`);
}

function rate(value: string): number {
  const perSecond = Number(value);
  if (perSecond >= 0.1 && perSecond <= 1_000) return perSecond;
  throw new UsageError(`--rate is ${value}, give 0.1 to 1000 records per second`);
}
