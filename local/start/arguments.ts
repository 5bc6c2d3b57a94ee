import path from 'node:path';
import { parseArgs } from 'node:util';
import { Failure } from './failure.ts';
import { defaultState } from './folders.ts';

/** What the command line asks for. */
export interface Options {
  /** End after the report instead of staying up. */
  readonly exit: boolean;
  /** How many applications to send: an even sample over the years; undefined sends all. */
  readonly applications: number | undefined;
  /** Where the report goes as JSON, besides the run's own folder. */
  readonly report: string | undefined;
  /** The user's own CSV file of loans. */
  readonly data: string | undefined;
  /** Port of the embedded cloud; undefined takes a free one. */
  readonly port: number | undefined;
  /** Folder that holds everything the start writes. */
  readonly state: string;
  readonly help: boolean;
}

export const usage = `Usage: npm start -- [options]

  --applications N|all  applications to send, an even sample over 2004 to 2009 (default 2000)
  --data FILE           your own CSV file with the columns of the SBA 7(a) loans
  --report PATH         write the report as JSON to PATH too
  --port P              port of the embedded cloud (default: a free one)
  --state DIR           folder for all that is written (default .state)
  --exit                end after the report; exit code 0 only if nothing was lost and every check held
  --help                print this

npm run stop ends what was started.`;

const settings = {
  exit: { type: 'boolean', default: false },
  applications: { type: 'string', default: '2000' },
  report: { type: 'string' },
  data: { type: 'string' },
  port: { type: 'string' },
  state: { type: 'string', default: defaultState },
  help: { type: 'boolean', default: false },
} as const;

/**
 * Reads the command line.
 *
 * @throws Failure that names the argument, the value and the values allowed
 */
export function parseArguments(args: readonly string[]): Options {
  const { values, tokens } = parseArgs({ args: [...args], options: settings, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'positional') throw new Failure(`Unknown argument ${token.value}: see npm start -- --help.`);
    if (token.kind !== 'option') continue;
    const setting = Object.entries(settings).find(([name]) => name === token.name)?.[1];
    if (!setting) throw new Failure(`Unknown option ${token.rawName}: see npm start -- --help.`);
    if (setting.type === 'string' && !token.value) throw new Failure(`${token.rawName} needs a value.`);
    if (setting.type === 'boolean' && token.value !== undefined) {
      throw new Failure(`${token.rawName} takes no value, and was given ${token.value}.`);
    }
  }
  const text = (name: 'applications' | 'report' | 'data' | 'port' | 'state') => values[name] as string | undefined;
  return {
    exit: values.exit === true,
    help: values.help === true,
    applications: text('applications') === 'all' ? undefined : wholeNumber('--applications', text('applications'), 1e7),
    report: resolve(text('report')),
    data: resolve(text('data')),
    port: text('port') === undefined ? undefined : wholeNumber('--port', text('port'), 65_535),
    state: path.resolve(text('state') ?? defaultState),
  };
}

function wholeNumber(name: string, value: string | undefined, most: number): number {
  const number = Number(value);
  if (/^\d+$/.test(value ?? '') && number >= 1 && number <= most) return number;
  const all = name === '--applications' ? ', or all' : '';
  throw new Failure(`${name} is ${value}: give a whole number from 1 to ${most}${all}.`);
}

function resolve(file: string | undefined): string | undefined {
  return file === undefined ? undefined : path.resolve(file);
}
