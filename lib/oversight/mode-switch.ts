import { Duration } from 'aws-cdk-lib';
import { type HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { ModeEnvironment } from '../../lambdas/mode/environment.ts';
import { HandlerFunction } from '../common/handler-function.ts';
import type { DecisionModes } from '../decision/decision-modes.ts';
import type { AuditTrail } from '../governance/audit-trail.ts';
import { createAlarms } from '../monitoring/alarms.ts';
import { ownMetric } from './review-alarms.ts';

export interface ModeSwitchProps {
  readonly modes: DecisionModes;
  /** The API that the switch is added to; its own authoriser lets people in. */
  readonly api: HttpApi;
  readonly auditTrail: AuditTrail;
  readonly encryptionKey: IKey;
  readonly alarmTopic: ITopic;
  /**
   * Group whose members may switch the mode.
   * @default 'duty-officers'
   */
  readonly switchGroup?: string;
}

export type ModeSwitchAlarmName = 'switchFailed' | 'switched';

/**
 * The stop switch: how much is decided without people, read by everybody who signed in to the API and set by those
 * entitled. A switch is in the audit trail, with who and why, before it takes effect.
 */
export class ModeSwitch extends Construct {
  readonly handler: HandlerFunction;
  readonly alarms: Readonly<Record<ModeSwitchAlarmName, Alarm>>;

  constructor(scope: Construct, id: string, props: ModeSwitchProps) {
    super(scope, id);
    const { modes, api, auditTrail, encryptionKey, alarmTopic } = props;
    const environment: ModeEnvironment = {
      MODES: modes.address,
      MODE_STRATEGIES: modes.strategies,
      SWITCH_GROUP: props.switchGroup ?? 'duty-officers',
      AUDIT_QUEUE_URL: auditTrail.queue.queueUrl,
    };
    this.handler = new HandlerFunction(this, 'Handler', {
      handler: 'mode',
      environment,
      encryptionKey,
      alarmTopic,
      // A change that is being rolled back may be in the way; the API itself waits for 30 seconds at most.
      timeout: Duration.seconds(25),
    });
    modes.grantSwitch(this.handler.role);
    auditTrail.grantAppend(this.handler);
    const integration = new HttpLambdaIntegration('Mode', this.handler.function);
    api.addRoutes({ path: '/mode', methods: [HttpMethod.GET, HttpMethod.PUT], integration });
    this.alarms = createAlarms<ModeSwitchAlarmName>(this, alarmTopic, 'mode-switch', {
      switchFailed: {
        metric: ownMetric(this.handler, 'ModeSwitchesFailed', 'Sum'),
        meaning: 'Somebody entitled pressed the switch, and it failed.',
        why: 'What was to be stopped goes on deciding.',
        severity: 'page',
        threshold: 1,
      },
      switched: {
        metric: ownMetric(this.handler, 'ModeSwitches', 'Sum'),
        meaning: 'Somebody switched how much is decided without people.',
        threshold: 1,
      },
    });
  }
}
