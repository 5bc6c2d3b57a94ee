import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import type { PySparkFlexEtlJob } from 'aws-cdk-lib/aws-glue';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { GlueStartJobRun } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import { acknowledge } from '../common/acknowledge.ts';

export interface BatchRunsProps {
  readonly job: PySparkFlexEtlJob;
  /** Longest time of one run of the job, which the job itself keeps to. */
  readonly timeout: Duration;
  /** Bucket that tells EventBridge of its objects. */
  readonly bucket: IBucket;
  /** A new object under this prefix starts a run. */
  readonly prefix: string;
  /** When a run starts by itself. */
  readonly schedule: string;
  /** Encrypts the log; its policy must let CloudWatch Logs use it. */
  readonly encryptionKey: IKey;
  /** Names of errors that the job ends with when its input is at fault: to try again would change nothing. */
  readonly inputErrors: readonly string[];
}

/**
 * Runs a batch job on a schedule and when a file arrives, one run at a time.
 *
 * A run that finds another under way waits for it, so that no arrival is missed. One that fails is tried once more,
 * unless its input is at fault.
 */
export class BatchRuns extends Construct {
  readonly stateMachine: sfn.StateMachine;
  readonly schedule: events.Rule;
  readonly arrival: events.Rule;

  constructor(scope: Construct, id: string, props: BatchRunsProps) {
    super(scope, id);
    this.stateMachine = this.#createStateMachine(props);
    this.schedule = new events.Rule(this, 'Schedule', {
      description: 'Runs the batch job at its time',
      schedule: events.Schedule.expression(props.schedule),
      targets: [this.#target('schedule')],
    });
    this.arrival = new events.Rule(this, 'Arrival', {
      description: 'Runs the batch job when a file arrives',
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: { bucket: { name: [props.bucket.bucketName] }, object: { key: [{ prefix: props.prefix }] } },
      },
      targets: [this.#target('arrival')],
    });
  }

  /** What started the run is all that it is told: the job finds by itself what is new. */
  #target(trigger: string): SfnStateMachine {
    return new SfnStateMachine(this.stateMachine, {
      input: events.RuleTargetInput.fromObject({ trigger }),
      maxEventAge: Duration.hours(1),
    });
  }

  #createStateMachine(props: BatchRunsProps): sfn.StateMachine {
    const again = this.#createRun('Run again', props);
    const first = this.#createRun('Run', props).addCatch(this.#createJudgement(props.inputErrors, again), {
      errors: [sfn.Errors.TASKS_FAILED],
      resultPath: '$.failure',
    });
    const machine = new sfn.StateMachine(this, 'StateMachine', {
      definitionBody: sfn.DefinitionBody.fromChainable(first),
      // Two runs, and as long again to wait for those before.
      timeout: Duration.minutes(props.timeout.toMinutes() * 4),
      tracingEnabled: true,
      logs: {
        level: sfn.LogLevel.ALL,
        destination: new LogGroup(this, 'Log', {
          encryptionKey: props.encryptionKey,
          retention: RetentionDays.THREE_MONTHS,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
      },
    });
    acknowledge(machine.role, {
      'AwsSolutions-IAM5[Resource::*]': 'Traces and the delivery of logs: neither takes an ARN',
    });
    return machine;
  }

  #createRun(name: string, { job }: BatchRunsProps): GlueStartJobRun {
    const run = new GlueStartJobRun(this, name, {
      glueJobName: job.jobName,
      integrationPattern: sfn.IntegrationPattern.RUN_JOB,
      resultPath: '$.run',
    });
    run.addRetry({
      errors: ['Glue.ConcurrentRunsExceededException'],
      interval: Duration.seconds(30),
      backoffRate: 1.5,
      maxDelay: Duration.minutes(5),
      maxAttempts: 24,
    });
    return run;
  }

  /** Tells a failure that passes from an input that stays as it is. */
  #createJudgement(inputErrors: readonly string[], again: sfn.IChainable): sfn.IChainable {
    const wait = new sfn.Wait(this, 'Wait', { time: sfn.WaitTime.duration(Duration.minutes(1)) }).next(again);
    if (inputErrors.length === 0) return wait;
    const atFault = new sfn.Fail(this, 'Input at fault', {
      error: 'InputAtFault',
      cause: "The job's error and its report say which files, which rules and which rows",
    });
    const isInputError = inputErrors.map((name) => sfn.Condition.stringMatches('$.failure.Cause', `*${name}:*`));
    return new sfn.Choice(this, 'Whose fault').when(sfn.Condition.or(...isInputError), atFault).otherwise(wait);
  }
}
