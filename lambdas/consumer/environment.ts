import { numberWithin, required, type Source, statesOf } from '../patterns/environment/environment.ts';
import { parseSettings, type ReviewSettings } from '../patterns/review/settings.ts';

const names = [
  'DECISIONS_TABLE',
  'AUDIT_QUEUE_URL',
  'FAILURE_BUCKET',
  'MODEL_URL',
  'PSEUDONYM_KEY_ID',
  'COST_RATIO',
  'REFER_MARGIN',
  'STATES_NOT_SERVED',
  'CASES_TABLE',
  'WORKFLOW_ARN',
  'REVIEW_SETTINGS',
] as const;

/** What the consumer needs from its construct. */
export type ConsumerEnvironment = Readonly<Record<(typeof names)[number], string>>;

/** The consumer's environment, its numbers parsed and in range. */
export interface ConsumerSettings {
  readonly decisionsTable: string;
  readonly auditQueueUrl: string;
  readonly failureBucket: string;
  readonly modelUrl: URL;
  readonly pseudonymKeyId: string;
  /** Cost of a bad loan accepted over the cost of a good one refused. */
  readonly costRatio: number;
  /** Half the width, in probability, of the band around the threshold that goes to a person. */
  readonly referMargin: number;
  /** States in which the bank may not lend. */
  readonly statesNotServed: ReadonlySet<string>;
  readonly casesTable: string;
  /** Waits for the people who decide a case. */
  readonly workflowArn: string;
  readonly review: ReviewSettings;
}

/** @throws Error that names the variable and the remedy */
export function parseEnvironment(source?: Source): ConsumerSettings {
  const environment = required(names, source);
  if (!/^https?:$/.test(URL.parse(environment.MODEL_URL)?.protocol ?? '')) {
    throw new Error(`MODEL_URL is ${JSON.stringify(environment.MODEL_URL)}: set it to an http or https address`);
  }
  return {
    decisionsTable: environment.DECISIONS_TABLE,
    auditQueueUrl: environment.AUDIT_QUEUE_URL,
    failureBucket: environment.FAILURE_BUCKET,
    modelUrl: new URL(environment.MODEL_URL),
    pseudonymKeyId: environment.PSEUDONYM_KEY_ID,
    costRatio: numberWithin('COST_RATIO', environment.COST_RATIO, 0.01, 1000),
    referMargin: numberWithin('REFER_MARGIN', environment.REFER_MARGIN, 0, 0.5),
    statesNotServed: statesOf('STATES_NOT_SERVED', environment.STATES_NOT_SERVED),
    casesTable: environment.CASES_TABLE,
    workflowArn: environment.WORKFLOW_ARN,
    review: parseSettings(environment.REVIEW_SETTINGS),
  };
}
