/** The public API: the constructs, and the case study that composes them. */
export { HandlerFunction, type HandlerFunctionProps } from './common/handler-function.ts';
export { destroyDataFlag } from './common/removal.ts';
export { AuditTrail, type AuditTrailProps } from './governance/audit-trail.ts';
export { BatchIngestion, type BatchIngestionProps } from './ingestion/batch-ingestion.ts';
export { StreamIngestion, type StreamIngestionProps } from './ingestion/stream-ingestion.ts';
export { type LoanApproval, loanApproval } from './loan-approval/loan-approval.ts';
export { type AlarmSpecification, createAlarms } from './monitoring/alarms.ts';
export { ModelService, type ModelServiceProps } from './serving/model-service.ts';
