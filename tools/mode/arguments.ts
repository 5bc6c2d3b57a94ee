import { parseArgs } from 'node:util';
import * as v from 'valibot';
import { type Mode, modeDocument, modes } from '../../lambdas/patterns/modes/mode.ts';

/** What the command line asks for: to tell the mode, or to switch it. */
export type ModeOptions = { readonly endpoint: string | undefined } & (
  | { readonly action: 'show' }
  | { readonly action: 'switch'; readonly to: Mode; readonly reason: string; readonly by: string | undefined }
);

export const usage = `Usage: npm run mode -- show
       npm run mode -- normal|degraded|manual|stop --reason TEXT

Tells or switches how much is decided without people. A switch is in the audit trail before it takes effect, and on every
instance within 30 seconds. A stop is deployed at once; any other mode is watched for five minutes and rolled back if
instances can't read it.

  show            the mode, who set it and why
  normal          the model decides what it may
  degraded        the scorecard and the rules decide, the model service is not asked
  manual          people decide every application
  stop            nothing is decided: applications are kept, and taken up again when the stop ends

  --reason TEXT   why; it stays in the audit trail for ever, so write no names
  --by WHO        number of staff or role that goes into the audit trail (default: the role or user id of the caller)
  --endpoint URL  the embedded cloud, as npm start names it (default: AWS, by the environment's credentials and region)
  --help          print this`;

/** A command line that can't be followed; the message says why and what to give. */
export class UsageError extends Error {
  constructor(message: string) {
    super(`${message}: see npm run mode -- --help`);
    this.name = 'UsageError';
  }
}

const text = { type: 'string' } as const;
const options = { reason: text, by: text, endpoint: text, help: { type: 'boolean', default: false } } as const;

/**
 * Reads the command line.
 *
 * @returns undefined if help is asked for
 * @throws UsageError that names the option, the value and the values allowed
 */
export function parseArguments(args: readonly string[]): ModeOptions | undefined {
  const { values, positionals } = parsed(args);
  if (values.help) return undefined;
  const [action, ...more] = positionals;
  if (more.length > 0) throw new UsageError(`there is ${more.join(' ')} after ${action}, quote the reason`);
  const endpoint = endpointOf(values.endpoint);
  if (action === 'show') return { action, endpoint };
  const to = modes.find((mode) => mode === action);
  if (to === undefined) throw new UsageError(`the mode is ${action}, give show, ${modes.join(', ')}`);
  const { reason, by } = values;
  return {
    action: 'switch',
    endpoint,
    to,
    reason: field('reason', reason),
    by: by === undefined ? by : field('by', by),
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function endpointOf(value: string | undefined): string | undefined {
  if (value === undefined || URL.canParse(value)) return value;
  throw new UsageError(`--endpoint is ${value}, give an address such as http://127.0.0.1:4566`);
}

/** A field of the configuration, as its schema has it. */
function field(name: 'reason' | 'by', value: string | undefined): string {
  const { success, output, issues } = v.safeParse(modeDocument.entries[name], value?.trim());
  if (success) return output;
  throw new UsageError(`--${name} is not right (${issues[0].message}), give a text that says it`);
}
