import type { Construct } from 'constructs';
import { DecisionStack } from './decision-stack.ts';
import { FoundationStack } from './foundation-stack.ts';
import { HistoryStack } from './history-stack.ts';
import { IngestionStack } from './ingestion-stack.ts';
import { MonitoringStack } from './monitoring-stack.ts';
import { ServingStack } from './serving-stack.ts';

/** The stacks of the loan approval, from what the others stand on to what watches them. */
export interface LoanApproval {
  readonly foundation: FoundationStack;
  readonly decision: DecisionStack;
  readonly serving: ServingStack;
  readonly ingestion: IngestionStack;
  readonly history: HistoryStack;
  readonly monitoring: MonitoringStack;
}

/** Composes the case study's stacks in an app or a stage. */
export function loanApproval(scope: Construct): LoanApproval {
  const foundation = new FoundationStack(scope, 'SeaworthyFoundation', {
    description: 'Seaworthy loan approval: network, key, audit trail, alarm topic',
  });
  const decision = new DecisionStack(scope, 'SeaworthyDecision', {
    description: 'Seaworthy loan approval: applications, decisions, pseudonyms',
    foundation,
  });
  const serving = new ServingStack(scope, 'SeaworthyServing', {
    description: 'Seaworthy loan approval: model registry and model service',
    foundation,
  });
  const ingestion = new IngestionStack(scope, 'SeaworthyIngestion', {
    description: 'Seaworthy loan approval: HTTP API, stream, consumer',
    foundation,
    decision,
    serving,
  });
  const history = new HistoryStack(scope, 'SeaworthyHistory', {
    description: 'Seaworthy loan approval: loan history, batch job, catalogue',
    foundation,
  });
  const monitoring = new MonitoringStack(scope, 'SeaworthyMonitoring', {
    description: 'Seaworthy loan approval: dashboard and the alarm over all alarms',
    foundation,
    serving,
    ingestion,
    history,
  });
  return { foundation, decision, serving, ingestion, history, monitoring };
}
