import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import { StreamArchive, type StreamArchiveProps } from '../../../lib/ingestion/stream-archive.ts';
import { StreamIngestion } from '../../../lib/ingestion/stream-ingestion.ts';
import specification from '../../../schemas/archive.json' with { type: 'json' };
import { fixture } from '../fixture.ts';

function synthesise(props: Partial<StreamArchiveProps> = {}) {
  const { stack, shared } = fixture();
  const ingestion = new StreamIngestion(stack, 'Ingestion', { handler: 'consumer', environment: {}, ...shared });
  const handler = { handler: 'archiver', environment: { SOMETHING: 'else' } };
  new StreamArchive(stack, 'Archive', { ...handler, ingestion, ...shared, ...props });
  return Template.fromStack(stack);
}

test('the archive is read by a reader of its own, that gets a failed batch again as it was, without end', () => {
  synthesise().hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    FunctionName: { Ref: Match.stringLikeRegexp('Archiver') },
    BatchSize: 1000,
    MaximumBatchingWindowInSeconds: 60,
    MaximumRetryAttempts: Match.absent(),
    BisectBatchOnFunctionError: false,
    FunctionResponseTypes: Match.absent(),
  });
});

test('the catalogue has each column, and finds a new day by itself', () => {
  synthesise().hasResourceProperties('AWS::Glue::Table', {
    TableInput: {
      PartitionKeys: [{ Name: 'day', Type: 'string' }],
      Parameters: Match.objectLike({
        'projection.enabled': 'true',
        'projection.day.type': 'date',
        'projection.day.format': 'yyyy-MM-dd',
      }),
      StorageDescriptor: Match.objectLike({
        Columns: specification.columns.map(({ name, type }) => ({ Name: name, Type: type })),
        Compressed: true,
      }),
    },
  });
});

test('each prop reaches the template', () => {
  const template = synthesise({
    retention: Duration.days(7),
    gatherFor: Duration.seconds(5),
    delayedAfter: Duration.minutes(3),
  });
  template.hasResourceProperties('AWS::S3::Bucket', {
    LifecycleConfiguration: { Rules: Match.arrayWith([Match.objectLike({ ExpirationInDays: 7 })]) },
  });
  template.hasResourceProperties('AWS::Lambda::EventSourceMapping', { MaximumBatchingWindowInSeconds: 5 });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'ArchiveDelay', Threshold: 180_000 });
  template.hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: Match.objectLike({ SOMETHING: 'else' }) },
  });
});

test('one error lists every wrong prop', () => {
  expect(() => synthesise({ gatherFor: Duration.minutes(6), delayedAfter: Duration.minutes(1) })).toThrow(
    'StreamArchive: gatherFor, in seconds, is 360: set 0 to 300; delayedAfter, in minutes, is 1: set 2 to 1440',
  );
});
