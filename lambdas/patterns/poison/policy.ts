import type { Application } from '../application/application.ts';
import { PoisonRecord } from './poison-record.ts';

/** What may be decided at all, apart from how. */
export interface AdmissionPolicy {
  /** States in which the bank may not lend, such as `PR`. */
  readonly statesNotServed: ReadonlySet<string>;
}

/**
 * Holds back an application that the policy does not let be decided. It is in order, so it waits in quarantine: a
 * redrive asks the policy of its own time again.
 *
 * @throws PoisonRecord of the class policy-blocked
 */
export function admit({ state }: Application, { statesNotServed }: AdmissionPolicy): void {
  if (!statesNotServed.has(state)) return;
  const remedy = 'redrive it once the policy allows the state';
  throw new PoisonRecord('policy-blocked', [{ field: 'state', problem: 'is not served', remedy }]);
}
