/** The public API: the constructs, and the case study that composes them. */
export { HandlerFunction, type HandlerFunctionProps } from './common/handler-function.ts';
export { destroyDataFlag } from './common/removal.ts';
export { DecisionModes, type DecisionModesProps } from './decision/decision-modes.ts';
export { DecisionService, type DecisionServiceProps } from './decision/decision-service.ts';
export { ResumeKept, type ResumeKeptProps } from './decision/resume-kept.ts';
export type { RungAlarmName } from './decision/rung-alarms.ts';
export { type Acknowledgement, acknowledgeFinding } from './gate/acknowledgement.ts';
export type { Certificate, Entry, Trial } from './gate/certificate.ts';
export { Seaworthy, type SeaworthyProps } from './gate/seaworthy.ts';
export { AuditTrail, type AuditTrailProps } from './governance/audit-trail.ts';
export { BatchIngestion, type BatchIngestionProps } from './ingestion/batch-ingestion.ts';
export { FailureStore } from './ingestion/failure-store.ts';
export { FeatureWriter, type FeatureWriterProps } from './ingestion/feature-writer.ts';
export type { KafkaOptions } from './ingestion/kafka-source.ts';
export type { KinesisOptions } from './ingestion/kinesis-source.ts';
export { OnlineFeatures, type OnlineFeaturesProps } from './ingestion/online-features.ts';
export { OutcomeFeed, type OutcomeFeedProps } from './ingestion/outcome-feed.ts';
export { Redrive, type RedriveProps } from './ingestion/redrive.ts';
export type { StreamAlarmName } from './ingestion/stream-alarms.ts';
export { StreamArchive, type StreamArchiveProps } from './ingestion/stream-archive.ts';
export { StreamIngestion, type StreamIngestionProps } from './ingestion/stream-ingestion.ts';
export {
  type BoundSource,
  type IStreamSource,
  type KafkaAuthentication,
  StreamSource,
} from './ingestion/stream-source.ts';
export { AssuranceStack, type AssuranceStackProps } from './loan-approval/assurance-stack.ts';
export { DecisionStack, type DecisionStackProps } from './loan-approval/decision-stack.ts';
export { FoundationStack, type FoundationStackProps } from './loan-approval/foundation-stack.ts';
export { HistoryStack, type HistoryStackProps } from './loan-approval/history-stack.ts';
export { IngestionStack, type IngestionStackProps } from './loan-approval/ingestion-stack.ts';
export { type LoanApproval, type LoanApprovalProps, loanApproval } from './loan-approval/loan-approval.ts';
export { MonitoringStack, type MonitoringStackProps } from './loan-approval/monitoring-stack.ts';
export { OutcomesStack, type OutcomesStackProps } from './loan-approval/outcomes-stack.ts';
export { OversightStack, type OversightStackProps } from './loan-approval/oversight-stack.ts';
export { ServingStack, type ServingStackProps } from './loan-approval/serving-stack.ts';
export { TrainingStack, type TrainingStackProps } from './loan-approval/training-stack.ts';
export {
  type AlarmRecord,
  type AlarmSpecification,
  alarmRecords,
  createAlarms,
  type Severity,
} from './monitoring/alarms.ts';
export { Canary, type CanaryProps } from './monitoring/canary.ts';
export { type ExpectedVolume, type SilentFailureContract, silentFailureContract } from './monitoring/contract.ts';
export type { DriftAlarmName } from './monitoring/drift-alarms.ts';
export { type DriftMetricName, DriftMonitor, type DriftMonitorProps } from './monitoring/drift-monitor.ts';
export { deadLetterFamily, queueFamily, tableFamily, workflowFamily } from './monitoring/families.ts';
export { monitorByDefault } from './monitoring/monitor-by-default.ts';
export { HumanReview, type HumanReviewProps } from './oversight/human-review.ts';
export { ModeSwitch, type ModeSwitchAlarmName, type ModeSwitchProps } from './oversight/mode-switch.ts';
export type { ReviewAlarmName } from './oversight/review-alarms.ts';
export { ReviewConsole, type ReviewConsoleProps } from './oversight/review-console.ts';
export type { ReviewRules, ReviewRung } from './oversight/review-rules.ts';
export { Reviewers, type ReviewersProps } from './oversight/reviewers.ts';
export type { ModelAlarmName } from './serving/model-alarms.ts';
export { ModelService, type ModelServiceProps } from './serving/model-service.ts';
export { ModelRegistry, type ModelRegistryProps } from './training/model-registry.ts';
export type { TrainingAlarmName } from './training/training-alarms.ts';
export { type SearchMethod, TrainingPipeline, type TrainingPipelineProps } from './training/training-pipeline.ts';
export { TrainingTasks, type TrainingTasksProps } from './training/training-tasks.ts';
export type { TransferOptions } from './training/training-transfer.ts';
