import type { Duration } from 'aws-cdk-lib';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Stream } from 'aws-cdk-lib/aws-kinesis';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IEventSourceDlq } from 'aws-cdk-lib/aws-lambda';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { HandlerFunction } from '../common/handler-function.ts';
import type { AlarmSpecification } from '../monitoring/alarms.ts';
import { type KafkaOptions, kafkaSource } from './kafka-source.ts';
import { type KinesisOptions, kinesisSource } from './kinesis-source.ts';

/** How a consumer reads its source, whichever it is. */
export interface Reading {
  readonly consumer: HandlerFunction;
  readonly batchSize: number;
  /**
   * How long records are gathered.
   * @default - not at all
   */
  readonly window?: Duration;
  /** How often what failed is tried again; undefined is as long as the source keeps it. */
  readonly retryAttempts: number | undefined;
  /** What is delivered again: the items that the consumer reports, or the whole batch as it was. */
  readonly failedItems: 'reported' | 'whole batch';
  readonly onFailure: IEventSourceDlq;
}

/** What every source can tell of: how far behind, whether it stands still, whether nothing comes. */
export type SourceAlarmName = 'behind' | 'stalled' | 'silence';

/** The alarms on a reading; Kafka has no metric here for writes that its brokers slow down. */
export type SourceAlarms = Readonly<Record<SourceAlarmName, AlarmSpecification>> & {
  readonly writeThrottles?: AlarmSpecification;
};

/** A source in its place in the tree. */
export interface BoundSource {
  /** The stream, if the source is one of Kinesis. */
  readonly stream?: Stream;
  /** Maps the source to a consumer. @returns the mapping's id */
  read(reading: Reading): string;
  alarms(consumer: HandlerFunction, eventSourceMappingId: string, silenceAfter: Duration): SourceAlarms;
  /** Lets a principal put records. @throws Error if rights on the source are not AWS's to give */
  grantPut(grantee: IGrantable): Grant;
}

export interface BindOptions {
  readonly encryptionKey: IKey;
  readonly destroyData?: boolean | undefined;
}

/** Where a `StreamIngestion` has its records from. */
export interface IStreamSource {
  bind(scope: Construct, options: BindOptions): BoundSource;
}

/** Credentials of a client of Kafka, each kind with the secret that holds them. */
export type KafkaAuthentication =
  | { readonly kind: 'scram-sha-512' | 'scram-sha-256' | 'plain' | 'client-certificate'; readonly secret: ISecret }
  | { readonly kind: 'iam' };

/** The sources that there are. */
export const StreamSource = {
  /** A Kinesis stream that the construct makes: on demand, encrypted with the customer key. */
  kinesis: (options: KinesisOptions = {}): IStreamSource => kinesisSource(options),
  /** A topic of an MSK cluster, or of brokers of one's own by TLS. */
  kafka: (options: KafkaOptions): IStreamSource => kafkaSource(options),
} as const;
