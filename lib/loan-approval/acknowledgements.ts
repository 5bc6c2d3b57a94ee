import { acknowledgeFinding } from '../gate/acknowledgement.ts';
import type { IngestionStack } from './ingestion-stack.ts';
import type { OversightStack } from './oversight-stack.ts';

/** What the gate finds missing in the case study today, borne until the parts named have been built. */
export function acknowledgeWhatIsMissing({ ingestion }: IngestionStack): void {
  const reasons = {
    F1: 'Without the model every application is kept and referred; the smaller model and the rules below it come with the fallback ladder',
    F2: 'The only answer without the model is to refer, which needs no breaker; it comes with the fallback ladder',
    F4: 'The model is stopped by taking its promotion back; modes that switch at run time come with the fallback ladder',
  };
  for (const [rule, reason] of Object.entries(reasons)) {
    acknowledgeFinding(ingestion.consumer.function, { rule, reason, owner: 'loan platform', expires: '2026-12-31' });
  }
}

/** What the gate finds in the console, which serves the same page to everybody. */
export function acknowledgePublicPage({ console: { bucket } }: OversightStack): void {
  acknowledgeFinding(bucket, {
    rule: 'A3',
    reason: 'The bucket holds the files of a page, the same for everybody, and nothing that people have told',
    owner: 'loan platform',
    expires: '2027-12-31',
  });
}
