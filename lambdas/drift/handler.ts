import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import * as v from 'valibot';
import { day } from '../patterns/application/application.ts';
import { auditWriter } from '../patterns/audit/append.ts';
import {
  appConfigClient,
  appConfigControlClient,
  dynamoClient,
  s3Client,
  sqsClient,
} from '../patterns/clients/clients.ts';
import { publish } from '../patterns/drift-monitor/publish.ts';
import { type RunOptions, runMonitor } from '../patterns/drift-monitor/run.ts';
import type { Ring } from '../patterns/drift-monitor/state.ts';
import { modelRegistry } from '../patterns/model-registry/registry.ts';
import { presentMode } from '../patterns/modes/present-mode.ts';
import { switchMode } from '../patterns/modes/switch-mode.ts';
import { deadlineOf } from '../patterns/resilience/deadline.ts';
import { parseEnvironment } from './environment.ts';

/** Kept back to publish what was found. Milliseconds. */
const reserveMs = 2_000;
/** A quarter is compared: a month of few applications says little, and a year tells late. */
const populationMonths = 3;
/** Most loans that default do so in their first years; see docs/drift.md. */
const maturityMonths = 36;

const logger = new Logger();
const metrics = new Metrics();
const environment = parseEnvironment();
const { decisionsTable, outcomesTable, onRing, costRatio } = environment;
const dynamo = dynamoClient();
const reader = appConfigClient();
const now = () => new Date();
const switching = {
  ...environment,
  client: appConfigControlClient(),
  audit: auditWriter(sqsClient(), environment.auditQueueUrl),
  now,
};
const options: RunOptions = {
  dynamo,
  decisionsTable,
  outcomesTable,
  state: { dynamo, table: environment.stateTable },
  registry: modelRegistry(s3Client(), environment.modelRegistry),
  onRing,
  costRatio,
  populationMonths,
  maturityMonths,
  evidence: {},
  presentMode: ({ signal }) => presentMode(reader, environment.address, signal),
  switchMode: async (from, wanted, deadline) => {
    await switchMode(from, wanted, deadline, switching);
  },
  now,
};

/** What a schedule sends, and what a person may say beside it: the day as of which to judge. */
const eventSchema = v.object({ asOf: v.exactOptional(day) });

/** What a run answers: for whoever has started it by hand. */
export interface Answer {
  readonly ring: Omit<Ring, 'before'> | null;
  readonly switched: boolean;
  readonly drifted: readonly string[];
  readonly observed: number;
  readonly expected: number;
}

/** On a schedule: has the world changed, and does the model notice? */
export async function handler(event: unknown, context: Context): Promise<Answer> {
  const { asOf } = v.parse(eventSchema, event);
  const run = await runMonitor(asOf, deadlineOf(context, reserveMs), options);
  publish(metrics, run);
  metrics.publishStoredMetrics();
  const { findings, ring, switched } = run;
  const drifted = [...new Set(findings.population.filter((each) => each.drifted).map(({ feature }) => feature))];
  const found = { drifted, gaps: findings.gaps, withoutReference: findings.withoutReference };
  if (switched) logger.warn('outcomes ring: the mode is switched', { to: onRing, month: ring?.month });
  logger.info('judged', found);
  const { before: _, ...rang } = ring ?? {};
  return {
    ring: ring ? (rang as Omit<Ring, 'before'>) : null,
    switched,
    drifted,
    observed: findings.outcomes.reduce((sum, { observed }) => sum + observed, 0),
    expected: findings.outcomes.reduce((sum, { expected }) => sum + expected, 0),
  };
}
