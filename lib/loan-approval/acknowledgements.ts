import { acknowledgeFinding } from '../gate/acknowledgement.ts';
import type { OversightStack } from './oversight-stack.ts';

/** What the gate finds in the console, which serves the same page to everybody. */
export function acknowledgePublicPage({ console: { bucket } }: OversightStack): void {
  acknowledgeFinding(bucket, {
    rule: 'A3',
    reason: 'The bucket holds the files of a page, the same for everybody, and nothing that people have told',
    owner: 'loan platform',
    expires: '2027-12-31',
  });
}
