import { randomUUID } from 'node:crypto';
import type { Logger } from '@aws-lambda-powertools/logger';
import { type Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { auditWriter } from '../audit/append.ts';
import { appConfigClient, dynamoClient, kmsClient, retries, s3Client, sqsClient } from '../clients/clients.ts';
import { modelClient } from '../model-client/model-client.ts';
import { modelRegistry } from '../model-registry/registry.ts';
import { modesOf } from '../modes/modes.ts';
import { keptPseudonymiser } from '../pseudonym/kept.ts';
import type { Received } from '../record/record.ts';
import { breaker } from '../resilience/breaker/breaker.ts';
import { dynamoStore } from '../resilience/breaker/dynamo-store.ts';
import type { Deadline } from '../resilience/deadline.ts';
import type { OpenCase } from '../review/open-case.ts';
import { smallModels } from '../small-model/small-models.ts';
import { type Dealt, type DecideOptions, decideApplication } from './decide-application.ts';
import type { DecisionSettings } from './environment.ts';
import { keptStore } from './kept.ts';
import type { Decider, Deciders } from './ladder.ts';
import type { AutomaticRung } from './rungs.ts';

export interface DecidingOptions {
  readonly settings: DecisionSettings;
  readonly openCase: OpenCase;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Puts together what a container needs to decide, and keeps it for all of its invocations. */
export function deciding(options: DecidingOptions): (received: Received, deadline: Deadline) => Promise<Dealt> {
  const { settings, openCase } = options;
  const dynamo = dynamoClient();
  const decide: Omit<DecideOptions, 'pseudonym'> = {
    dynamo,
    decisionsTable: settings.decisionsTable,
    appendEntry: auditWriter(sqsClient(), settings.auditQueueUrl),
    policy: settings,
    deciders: decidersOf(settings, dynamo),
    mode: modes(options),
    openCase,
    keep: keptStore(dynamo, settings.keptTable).keep,
    now: () => new Date(),
  };
  const pseudonym = keptPseudonymiser(kmsClient(), settings.pseudonymKeyId, 'loan-applicant');
  return async (received, deadline) =>
    decideApplication(received, deadline, { ...decide, pseudonym: await pseudonym(deadline) });
}

/** Each rung with a breaker of its own, shared by all instances: a fallback that fails is left alone as well. */
function decidersOf(settings: DecisionSettings, dynamo: DecideOptions['dynamo']): Deciders {
  const registry = modelRegistry(s3Client(), settings.modelRegistry);
  const instance = randomUUID();
  const guarded = (name: AutomaticRung, decider: Decider): Decider => {
    const guard = breaker({ name, instance, store: dynamoStore(dynamo, settings.breakersTable, name) });
    return (question, deadline) => guard(() => decider(question, deadline));
  };
  const { scorecard, rules } = smallModels(registry, Date.now);
  const model = modelClient({ service: settings.modelUrl, retries, dataSnapshot: registry.dataSnapshot });
  return { model: guarded('model', model), scorecard: guarded('scorecard', scorecard), rules: guarded('rules', rules) };
}

function modes({ settings, logger, metrics }: DecidingOptions): DecideOptions['mode'] {
  return modesOf({
    client: appConfigClient(),
    address: settings.modes,
    now: Date.now,
    onUnknown: (why) => {
      metrics.addMetric('ModeUnknown', MetricUnit.Count, 1);
      logger.warn('the mode of deciding is not known: people decide', { why });
    },
  });
}
