import path from 'node:path';
import { parseArgs } from 'node:util';
import { Failure } from './failure.ts';
import { defaultState } from './folders.ts';

/** What every command asks for. */
export interface HistoryOptions {
  /** The user's own CSV file of loans. */
  readonly data: string | undefined;
  /** Port of the embedded cloud; undefined takes a free one. */
  readonly port: number | undefined;
  /** Folder that holds everything that is written. */
  readonly state: string;
  readonly help: boolean;
}

/** What the command line of a training asks for. */
export interface TrainOptions extends HistoryOptions {
  /** Year that a second training begins with; the first one then ends before it. */
  readonly transfer: number | undefined;
  /** Whether to train on a snapshot of the history's table. */
  readonly history: boolean;
}

/** What the command line of a start asks for. */
export interface Options extends HistoryOptions {
  /** End after the report instead of staying up. */
  readonly exit: boolean;
  /** How many applications to send: an even sample over the years; undefined sends all. */
  readonly applications: number | undefined;
  /** Where the report goes as JSON, besides the run's own folder. */
  readonly report: string | undefined;
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

const sharedSettings = {
  data: { type: 'string' },
  port: { type: 'string' },
  state: { type: 'string', default: defaultState },
  help: { type: 'boolean', default: false },
} as const;

const trainSettings = {
  ...sharedSettings,
  transfer: { type: 'string' },
  history: { type: 'boolean', default: false },
} as const;

const settings = {
  ...sharedSettings,
  exit: { type: 'boolean', default: false },
  applications: { type: 'string', default: '2000' },
  report: { type: 'string' },
} as const;

/**
 * Reads the command line of `npm start`.
 *
 * @throws Failure that names the argument, the value and the values allowed
 */
export function parseArguments(args: readonly string[]): Options {
  const values = read('npm start', settings, args);
  return {
    ...shared(values),
    exit: values['exit'] === true,
    applications:
      values['applications'] === 'all' ? undefined : wholeNumber('--applications', values['applications'], 1e7),
    report: resolve(values['report']),
  };
}

/**
 * Reads the command line of `npm run history`.
 *
 * @throws Failure that names the argument, the value and the values allowed
 */
export function parseHistoryArguments(args: readonly string[]): HistoryOptions {
  return shared(read('npm run history', sharedSettings, args));
}

/**
 * Reads the command line of `npm run train`.
 *
 * @throws Failure that names the argument, the value and the values allowed
 */
export function parseTrainArguments(args: readonly string[]): TrainOptions {
  const values = read('npm run train', trainSettings, args);
  const { transfer, history } = values;
  return {
    ...shared(values),
    transfer: transfer === undefined ? undefined : year('--transfer', transfer),
    history: history === true,
  };
}

type Setting = { readonly type: 'string' | 'boolean'; readonly default?: string | boolean };
type Values = Readonly<Record<string, string | boolean | undefined>>;

function read(command: string, known: Readonly<Record<string, Setting>>, args: readonly string[]): Values {
  const { values, tokens } = parseArgs({ args: [...args], options: known, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'positional') throw new Failure(`Unknown argument ${token.value}: see ${command} -- --help.`);
    if (token.kind !== 'option') continue;
    const setting = Object.entries(known).find(([name]) => name === token.name)?.[1];
    if (!setting) throw new Failure(`Unknown option ${token.rawName}: see ${command} -- --help.`);
    if (setting.type === 'string' && !token.value) throw new Failure(`${token.rawName} needs a value.`);
    if (setting.type === 'boolean' && token.value !== undefined) {
      throw new Failure(`${token.rawName} takes no value, and was given ${token.value}.`);
    }
  }
  return values as Values;
}

function shared(values: Values): HistoryOptions {
  const { data, port, state = defaultState, help } = values;
  return {
    help: help === true,
    data: resolve(data),
    port: port === undefined ? undefined : wholeNumber('--port', port, 65_535),
    state: path.resolve(String(state)),
  };
}

function wholeNumber(name: string, value: Values[string], most: number): number {
  const number = Number(value);
  if (/^\d+$/.test(String(value)) && number >= 1 && number <= most) return number;
  const all = name === '--applications' ? ', or all' : '';
  throw new Failure(`${name} is ${value}: give a whole number from 1 to ${most}${all}.`);
}

function year(name: string, value: Values[string]): number {
  const number = Number(value);
  if (Number.isInteger(number) && number >= 1999 && number <= 2004) return number;
  throw new Failure(`${name} is ${value}: give a year from 1999 to 2004.`);
}

function resolve(file: Values[string]): string | undefined {
  return file === undefined ? undefined : path.resolve(String(file));
}
