// A Lambda runtime in small: loads the bundle that it is given and passes each message of the parent to its handler.
import { pathToFileURL } from 'node:url';
import { context } from './examples.ts';

/** One invocation: the event, and the milliseconds that it has. */
export interface Invocation {
  readonly event: unknown;
  readonly remainingMs: number;
}

export type Result = { readonly answer: unknown } | { readonly failure: string };

const { handler } = (await import(pathToFileURL(process.argv[2] ?? '').href)) as {
  handler(event: unknown, given: ReturnType<typeof context>): Promise<unknown>;
};

process.on('message', ({ event, remainingMs }: Invocation) => {
  void invoke(event, remainingMs).then((result) => process.send?.(result));
});
process.send?.('ready');

async function invoke(event: unknown, remainingMs: number): Promise<Result> {
  try {
    return { answer: await handler(event, context(remainingMs)) };
  } catch (error) {
    // As Lambda does: what a handler throws is in the log, with all that it carries.
    console.error(error);
    return { failure: error instanceof Error ? error.name : typeof error };
  }
}
