import { vi } from 'vitest';
import type * as Consumer from '../../../lambdas/consumer/handler.ts';
import type * as Decisions from '../../../lambdas/decisions/handler.ts';
import type * as FeatureWriter from '../../../lambdas/feature-writer/handler.ts';
import type * as Intake from '../../../lambdas/intake/handler.ts';
import type * as Outcomes from '../../../lambdas/outcomes/handler.ts';
import type * as Resume from '../../../lambdas/resume/handler.ts';
import type * as Status from '../../../lambdas/status/handler.ts';
import { reviewSettings } from '../../../lib/oversight/review-rules.ts';
import { type Cloud, startCloud } from './cloud.ts';
import { type Model, startModel } from './model.ts';

/** The environment of every handler, for stand-ins of the cloud and of the model service. */
export function environmentOf(cloud: Pick<Cloud, 'url'>, model: Pick<Model, 'url'>): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: cloud.url,
    AWS_REGION: 'eu-west-2',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    APPLICATIONS_TABLE: 'applications',
    DECISIONS_TABLE: 'decisions',
    OUTCOMES_TABLE: 'outcomes',
    FEATURES_TABLE: 'features',
    FEATURES_SINCE: '2004-01-01',
    STREAM_NAME: 'applications',
    AUDIT_QUEUE_URL: `${cloud.url}/000000000000/audit`,
    FAILURE_BUCKET: 'failures',
    MODEL_URL: model.url,
    KEPT_TABLE: 'kept',
    BREAKERS_TABLE: 'breakers',
    MODEL_REGISTRY: 's3://registry/models/loan-default',
    MODES: 'app/env/profile',
    PSEUDONYM_KEY_ID: 'pseudonym-key',
    COST_RATIO: '5',
    REFER_MARGIN: '0.02',
    STATES_NOT_SERVED: 'PR,GU',
    CASES_TABLE: 'cases',
    STAGES_TABLE: 'none',
    WORKFLOW_ARN: 'arn:aws:states:eu-west-2:000000000000:stateMachine:review',
    REVIEW_SETTINGS: JSON.stringify(reviewSettings({ auditShare: 0 })),
    POWERTOOLS_SERVICE_NAME: 'consumer',
    POWERTOOLS_METRICS_NAMESPACE: 'Seaworthy',
  };
}

/** Everything of a test through the handlers' entry points. */
export interface Bench {
  readonly cloud: Cloud;
  readonly model: Model;
  readonly consume: typeof Consumer.handler;
  readonly intake: typeof Intake.handler;
  readonly status: typeof Status.handler;
  readonly decisions: typeof Decisions.handler;
  readonly resume: typeof Resume.handler;
  readonly outcomes: typeof Outcomes.handler;
  readonly writeFeatures: typeof FeatureWriter.handler;
  close(): Promise<void>;
}

/** Loads the handlers anew, as a container that starts does, beside stand-ins of all that they call. */
export async function startBench(): Promise<Bench> {
  const [cloud, model] = await Promise.all([startCloud(), startModel()]);
  const environment = {
    ...environmentOf(cloud, model),
    POWERTOOLS_LOG_LEVEL: 'SILENT',
    POWERTOOLS_METRICS_DISABLED: 'true',
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  vi.resetModules();
  const consumer = await import('../../../lambdas/consumer/handler.ts');
  const intake = await import('../../../lambdas/intake/handler.ts');
  const status = await import('../../../lambdas/status/handler.ts');
  const featureWriter = await import('../../../lambdas/feature-writer/handler.ts');
  const decisions = await import('../../../lambdas/decisions/handler.ts');
  const resume = await import('../../../lambdas/resume/handler.ts');
  const outcomes = await import('../../../lambdas/outcomes/handler.ts');
  return {
    cloud,
    model,
    consume: consumer.handler,
    intake: intake.handler,
    status: status.handler,
    decisions: decisions.handler,
    resume: resume.handler,
    outcomes: outcomes.handler,
    writeFeatures: featureWriter.handler,
    close: async () => {
      vi.unstubAllEnvs();
      await Promise.all([cloud.close(), model.close()]);
    },
  };
}

/** The JSON document of an API's answer. */
export function bodyOf(answer: { readonly body?: string }): unknown {
  return JSON.parse(answer.body ?? 'null');
}

/** A decision in the table, as the consumer recorded it. */
export function decisionOf(cloud: Cloud, applicationId: string): Record<string, unknown> | undefined {
  const record = cloud.items.get(`decisions/${applicationId}`)?.['record'];
  return record?.S === undefined ? undefined : (JSON.parse(record.S) as Record<string, unknown>);
}
