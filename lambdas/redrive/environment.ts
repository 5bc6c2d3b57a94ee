import { required, type Source, statesOf } from '../patterns/environment/environment.ts';

const names = ['FAILURE_BUCKET', 'FAILURE_QUEUE_URL', 'CONSUMER', 'AUDIT_QUEUE_URL', 'STATES_NOT_SERVED'] as const;

/** What the redrive handler needs from its construct. */
export type RedriveEnvironment = Readonly<Record<(typeof names)[number], string>>;

export interface RedriveSettings {
  readonly failureBucket: string;
  readonly failureQueueUrl: string;
  /** Name of the function that consumes the stream. */
  readonly consumer: string;
  readonly auditQueueUrl: string;
  readonly statesNotServed: ReadonlySet<string>;
}

/** @throws Error that names the variable and the remedy */
export function parseEnvironment(source?: Source): RedriveSettings {
  const environment = required(names, source);
  return {
    failureBucket: environment.FAILURE_BUCKET,
    failureQueueUrl: environment.FAILURE_QUEUE_URL,
    consumer: environment.CONSUMER,
    auditQueueUrl: environment.AUDIT_QUEUE_URL,
    statesNotServed: statesOf('STATES_NOT_SERVED', environment.STATES_NOT_SERVED),
  };
}
