import { parseArgs } from 'node:util';
import { type Rung, rungs } from '../../lambdas/patterns/decision/rungs.ts';

/** What the command line asks for. */
export interface DrillArguments {
  /** Rungs to drill; none lists the drills. */
  readonly rungs: readonly Rung[];
  readonly untilAlarm: boolean;
  /** The embedded cloud; undefined takes the one that is up. */
  readonly endpoint: string | undefined;
}

const names = rungs.map(({ name }) => name).join(', ');

export const usage = `Usage: npm run drill [-- --rung NAME | --all] [--alarm] [--endpoint URL]

Takes rungs of the fallback ladder away on the platform that npm start has brought up, and looks whether the rungs below
decide, say why, are counted, and lose or repeat nothing. The platform is mended afterwards, on Ctrl-C too. Without a rung
it lists the drills.

  --rung NAME     one of ${names}; may be given more than once
  --all           every rung, from the best to the last
  --alarm         keep the faults until the rung's alarm rings, which takes up to six minutes each
  --endpoint URL  the embedded cloud (default: the one that is up, of npm start in this folder)
  --help          print this`;

/** A command line that can't be followed; the message says why and what to give. */
export class UsageError extends Error {
  constructor(message: string) {
    super(`${message}: see npm run drill -- --help`);
    this.name = 'UsageError';
  }
}

const options = {
  rung: { type: 'string', multiple: true, default: [] as string[] },
  all: { type: 'boolean', default: false },
  alarm: { type: 'boolean', default: false },
  endpoint: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

/** @returns undefined if help is asked for. @throws UsageError */
export function parseArguments(args: readonly string[]): DrillArguments | undefined {
  const { rung, all, alarm, endpoint, help } = parsed(args);
  if (help) return undefined;
  return { rungs: all ? rungs : rung.map(rungNamed), untilAlarm: alarm, endpoint: endpointOf(endpoint) };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function rungNamed(name: string): Rung {
  const found = rungs.find((rung) => rung.name === name);
  if (!found) throw new UsageError(`--rung is ${name}, give ${names}`);
  return found;
}

/** Faults are for the embedded cloud alone: made-up applications must not come to a bank's people. */
function endpointOf(value: string | undefined): string | undefined {
  if (value === undefined || URL.parse(value)?.hostname === '127.0.0.1') return value;
  throw new UsageError(`--endpoint is ${value}, give the address of an embedded cloud such as http://127.0.0.1:4566`);
}
