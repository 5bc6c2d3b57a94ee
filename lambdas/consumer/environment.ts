import {
  type DecisionEnvironment,
  type DecisionSettings,
  parseDecisionEnvironment,
} from '../patterns/decision/environment.ts';
import { required, type Source, statesOf } from '../patterns/environment/environment.ts';
import { parseSettings, type ReviewSettings } from '../patterns/review/settings.ts';

const names = [
  'FAILURE_BUCKET',
  'STATES_NOT_SERVED',
  'CASES_TABLE',
  'STAGES_TABLE',
  'WORKFLOW_ARN',
  'REVIEW_SETTINGS',
] as const;

/** What the consumer needs from its construct. */
export type ConsumerEnvironment = DecisionEnvironment & Readonly<Record<(typeof names)[number], string>>;

/** The consumer's environment, its numbers parsed and in range. */
export interface ConsumerSettings {
  readonly decision: DecisionSettings;
  readonly failureBucket: string;
  /** States in which the bank may not lend. */
  readonly statesNotServed: ReadonlySet<string>;
  readonly casesTable: string;
  /** Stages of the model registry, or `none`. */
  readonly stagesTable: string;
  /** Waits for the people who decide a case. */
  readonly workflowArn: string;
  readonly review: ReviewSettings;
}

/** @throws Error that names the variable and the remedy */
export function parseEnvironment(source?: Source): ConsumerSettings {
  const environment = required(names, source);
  return {
    decision: parseDecisionEnvironment(source),
    failureBucket: environment.FAILURE_BUCKET,
    statesNotServed: statesOf('STATES_NOT_SERVED', environment.STATES_NOT_SERVED),
    casesTable: environment.CASES_TABLE,
    stagesTable: environment.STAGES_TABLE,
    workflowArn: environment.WORKFLOW_ARN,
    review: parseSettings(environment.REVIEW_SETTINGS),
  };
}
