import { rungs } from '../patterns/decision/rungs.ts';
import type { ConsumerSettings } from './environment.ts';

/** Everything beside the model and the mode that sets how applications are decided, always in the same order, as JSON. */
export function configurationOf({ decision, statesNotServed, review }: ConsumerSettings): string {
  const { costRatio, referMargin } = decision;
  return JSON.stringify({ costRatio, referMargin, statesNotServed: [...statesNotServed].toSorted(), review, rungs });
}
