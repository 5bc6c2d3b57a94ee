import type { Rule } from '../rule.ts';
import { auditTrail } from './a1-audit-trail.ts';
import { lockRetention } from './a2-lock-retention.ts';
import { encryption } from './a3-encryption.ts';
import { logRetention } from './a4-log-retention.ts';
import { noPersonalNames } from './a5-no-personal-names.ts';
import { rungBelow } from './f1-rung-below.ts';
import { breakerStore } from './f2-breaker-store.ts';
import { failureDestination } from './f3-failure-destination.ts';
import { stopSwitch } from './f4-stop-switch.ts';
import { rollBack } from './f5-roll-back.ts';
import { modelServiceAlarms } from './m1-model-service-alarms.ts';
import { streamAlarms } from './m2-stream-alarms.ts';
import { jobAlarms } from './m3-job-alarms.ts';
import { queueAlarms } from './m4-queue-alarms.ts';
import { workflowAlarms } from './m5-workflow-alarms.ts';
import { silentFailure } from './m6-silent-failure.ts';
import { traces } from './m7-traces.ts';
import { reviewReachable } from './o1-review-reachable.ts';
import { boundedWait } from './o2-bounded-wait.ts';
import { escalation } from './o3-escalation.ts';
import { fourEyes } from './o4-four-eyes.ts';
import { separationOfDuties } from './o5-separation-of-duties.ts';
import { promotionByPerson } from './o6-promotion-by-person.ts';

/** All rules, in the order in which they are reported. */
export const rules: readonly Rule[] = [
  modelServiceAlarms,
  streamAlarms,
  jobAlarms,
  queueAlarms,
  workflowAlarms,
  silentFailure,
  traces,
  rungBelow,
  breakerStore,
  failureDestination,
  stopSwitch,
  rollBack,
  reviewReachable,
  boundedWait,
  escalation,
  fourEyes,
  separationOfDuties,
  promotionByPerson,
  auditTrail,
  lockRetention,
  encryption,
  logRetention,
  noPersonalNames,
];
