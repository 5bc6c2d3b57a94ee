import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Duration, Stack } from 'aws-cdk-lib';
import {
  Application,
  ConfigurationContent,
  DeploymentStrategy,
  Environment,
  HostedConfiguration,
  JsonSchemaValidator,
  Monitor,
  RolloutStrategy,
} from 'aws-cdk-lib/aws-appconfig';
import type { IAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { Grant, type IGrantable, type IRole, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { ModeDocument } from '../../lambdas/patterns/modes/mode.ts';
import { acknowledge, wildcardFinding } from '../common/acknowledge.ts';

export interface DecisionModesProps {
  readonly encryptionKey: IKey;
  /** Rolls a change of mode back if it rings while the change is watched: instances can't read what was deployed. */
  readonly rollBackAlarm: IAlarm;
}

const schema = readFileSync(fileURLToPath(new URL('../../schemas/modes.schema.json', import.meta.url)), 'utf8');

/**
 * How much is decided without people (normal, degraded, manual, stop), switched at run time.
 *
 * A change is checked against a schema before it is deployed. A stop is deployed to all at once and is not watched: it
 * must take effect, whatever rings. Any other change is watched for five minutes and rolled back by its alarm.
 */
export class DecisionModes extends Construct {
  readonly application: Application;
  readonly environment: Environment;
  readonly configuration: HostedConfiguration;
  /** To all instances at once, and done. */
  readonly atOnce: DeploymentStrategy;
  /** To all instances at once, then watched. */
  readonly watched: DeploymentStrategy;
  /** `application/environment/profile`, by their ids, as the handlers read it. */
  readonly address: string;
  /** `at once/watched`, the ids of the strategies, as whoever switches reads them. */
  readonly strategies: string;

  readonly #encryptionKey: IKey;

  constructor(scope: Construct, id: string, props: DecisionModesProps) {
    super(scope, id);
    this.application = new Application(this, 'Application');
    this.environment = new Environment(this, 'Environment', {
      application: this.application,
      monitors: [Monitor.fromCloudWatchAlarm(props.rollBackAlarm, this.#watcher(props.rollBackAlarm))],
    });
    this.atOnce = new DeploymentStrategy(this, 'AtOnce', {
      rolloutStrategy: rollout(Duration.minutes(0)),
    });
    this.watched = new DeploymentStrategy(this, 'Watched', { rolloutStrategy: rollout(Duration.minutes(5)) });
    const first: ModeDocument = { mode: 'normal', reason: 'as deployed', by: 'deployment' };
    this.configuration = new HostedConfiguration(this, 'Mode', {
      application: this.application,
      content: ConfigurationContent.fromInlineJson(JSON.stringify(first)),
      validators: [JsonSchemaValidator.fromInline(schema)],
      kmsKey: props.encryptionKey,
      deployTo: [this.environment],
      deploymentStrategy: this.atOnce,
    });
    this.address = [
      this.application.applicationId,
      this.environment.environmentId,
      this.configuration.configurationProfileId,
    ].join('/');
    this.strategies = `${this.atOnce.deploymentStrategyId}/${this.watched.deploymentStrategyId}`;
    this.#encryptionKey = props.encryptionKey;
  }

  /** What AppConfig is while it watches a change: it may look at the one alarm. */
  #watcher(alarm: IAlarm): Role {
    const role = new Role(this, 'Watcher', { assumedBy: new ServicePrincipal('appconfig.amazonaws.com') });
    role.addToPolicy(new PolicyStatement({ actions: ['cloudwatch:DescribeAlarms'], resources: [alarm.alarmArn] }));
    return role;
  }

  /** Lets a principal read the mode. */
  grantRead(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['appconfig:StartConfigurationSession', 'appconfig:GetLatestConfiguration'],
      resourceArns: [this.#arn(...this.#environmentPath(), 'configuration', this.configuration.configurationProfileId)],
    });
  }

  /** Lets a role read the mode and switch it: new versions of the one profile, deployed in the one environment. */
  grantSwitch(role: IRole): void {
    this.grantRead(role);
    // Versions are encrypted in the name of whoever writes them.
    this.#encryptionKey.grant(role, 'kms:GenerateDataKey', 'kms:Decrypt');
    const deployments = this.#arn(...this.#environmentPath(), 'deployment', '*');
    Grant.addToPrincipal({
      grantee: role,
      actions: [
        'appconfig:CreateHostedConfigurationVersion',
        'appconfig:StartDeployment',
        'appconfig:ListDeployments',
        'appconfig:StopDeployment',
      ],
      resourceArns: [
        this.#arn('application', this.application.applicationId),
        this.#arn(...this.#environmentPath()),
        this.#arn(
          'application',
          this.application.applicationId,
          'configurationprofile',
          this.configuration.configurationProfileId,
        ),
        ...[this.atOnce, this.watched].map(({ deploymentStrategyId }) =>
          this.#arn('deploymentstrategy', deploymentStrategyId),
        ),
        deployments,
      ],
    });
    acknowledge(role, {
      [wildcardFinding(role, deployments)]:
        'Deployments have running numbers: which one is under way is not known before',
    });
  }

  #environmentPath(): string[] {
    return ['application', this.application.applicationId, 'environment', this.environment.environmentId];
  }

  #arn(...path: readonly string[]): string {
    const [resource = '', ...rest] = path;
    return Stack.of(this).formatArn({ service: 'appconfig', resource, resourceName: rest.join('/') });
  }
}

function rollout(bake: Duration): RolloutStrategy {
  return RolloutStrategy.linear({ growthFactor: 100, deploymentDuration: Duration.minutes(0), finalBakeTime: bake });
}
