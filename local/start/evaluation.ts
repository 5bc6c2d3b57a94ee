import type { Trainer } from './trainer.ts';

export type Decider = 'model' | 'scorecard' | 'policy';

export const deciders: readonly Decider[] = ['model', 'scorecard', 'policy'];

/** How each decider is called in a text. */
export const deciderNames: Readonly<Record<Decider, string>> = {
  model: 'Model',
  scorecard: 'Logistic scorecard',
  policy: 'Policy rule',
};

/** How good probabilities of default are against what happened. */
export interface Quality {
  /** Area under the ROC curve; null where all ended alike. */
  readonly auc: number | null;
  /** Mean squared difference of probability and outcome. */
  readonly brier: number;
  /** Share of wrong decisions at the threshold, 0 to 1. */
  readonly error: number;
  /** Cost per application: 1 for a good loan refused, the cost ratio for a bad one accepted. */
  readonly cost: number;
}

export interface Curves {
  /** False and true positive rate. */
  readonly roc: readonly (readonly [number, number])[];
  /** Mean predicted, observed rate, rows, for each tenth of the applications. */
  readonly calibration: readonly (readonly [number, number, number])[];
}

/** What the trainer finds on the applications that have a probability and a known outcome. */
export interface Evaluation extends Readonly<Record<Decider, Quality & Curves>> {
  readonly rows: number;
  readonly withoutProbability: number;
  readonly withoutOutcome: number;
  /** Share that defaulted, 0 to 1. */
  readonly baseRate: number;
  readonly costRatio: number;
}

export interface EvaluationFiles {
  readonly registry: string;
  readonly version: string;
  /** Decision records, one JSON document a line. */
  readonly decisions: string;
  readonly outcomes: string;
}

/** Measures the decisions, and the two baselines on the same applications. */
export function evaluate(train: Trainer, files: EvaluationFiles, costRatio: number): Promise<Evaluation> {
  const named = Object.entries(files).flatMap(([name, value]: [string, string]) => [`--${name}`, value]);
  return train<Evaluation>('evaluate', [...named, '--cost-ratio', String(costRatio)]);
}
