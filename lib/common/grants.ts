import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { dayIndex } from '../../lambdas/patterns/day-index/day-index.ts';
import { acknowledge, wildcardFinding } from './acknowledge.ts';

/**
 * Lets a principal read the objects under a prefix, and list them: without the right to list, S3 answers 403 instead
 * of 404 for an object that is not there.
 *
 * @param prefix such as `models/`; empty for the whole bucket
 */
export function grantReadObjects(bucket: IBucket, grantee: IGrantable, prefix = ''): Grant {
  const list = Grant.addToPrincipalOrResource({
    grantee,
    actions: ['s3:ListBucket'],
    resourceArns: [bucket.bucketArn],
    resource: bucket,
    conditions: prefix === '' ? undefined : { StringLike: { 's3:prefix': [`${prefix}*`] } },
  });
  return list.combine(grantObjects(bucket, grantee, ['s3:GetObject'], prefix, ['kms:Decrypt']));
}

/** Lets a principal read one object. */
export function grantReadObject(bucket: IBucket, grantee: IGrantable, key: string): Grant {
  bucket.encryptionKey?.grant(grantee, 'kms:Decrypt');
  const resourceArns = [bucket.arnForObjects(key)];
  return Grant.addToPrincipalOrResource({ grantee, actions: ['s3:GetObject'], resourceArns, resource: bucket });
}

/**
 * Lets a principal write objects under a prefix, in one piece or in parts, and neither read nor delete them.
 *
 * @param prefix such as `quarantine/`; empty for the whole bucket
 */
export function grantWriteObjects(bucket: IBucket, grantee: IGrantable, prefix = ''): Grant {
  // S3 decrypts the parts of an upload when it puts them together.
  return grantObjects(bucket, grantee, ['s3:PutObject'], prefix, ['kms:GenerateDataKey', 'kms:Decrypt']);
}

/** Lets a principal read, list and write all objects, and delete none. */
export function grantReadWriteObjects(bucket: IBucket, grantee: IGrantable): Grant {
  const list = Grant.addToPrincipalOrResource({
    grantee,
    actions: ['s3:ListBucket'],
    resourceArns: [bucket.bucketArn],
    resource: bucket,
  });
  const keyActions = ['kms:GenerateDataKey', 'kms:Decrypt'];
  return list.combine(grantObjects(bucket, grantee, ['s3:GetObject', 's3:PutObject'], '', keyActions));
}

/** Lets a principal do just these things to the objects under a prefix, and these with the bucket's key. */
export function grantObjects(
  bucket: IBucket,
  grantee: IGrantable,
  actions: string[],
  prefix: string,
  keyActions: string[],
): Grant {
  const arn = bucket.arnForObjects(`${prefix}*`);
  const { grantPrincipal } = grantee;
  if (Construct.isConstruct(grantPrincipal)) {
    acknowledge(grantPrincipal, {
      [wildcardFinding(grantPrincipal, arn)]: 'The objects under one prefix, whose names are not known in advance',
    });
  }
  bucket.encryptionKey?.grant(grantee, ...keyActions);
  return Grant.addToPrincipalOrResource({ grantee, actions, resourceArns: [arn], resource: bucket });
}

/** Lets a principal read items of a table one by one. */
export function grantReadItems(table: ITable, grantee: IGrantable): Grant {
  return grantRead(table, grantee, 'dynamodb:GetItem', table.tableArn);
}

/** Lets a principal read items of a table whose keys it knows, many at a time. */
export function grantReadBatches(table: ITable, grantee: IGrantable): Grant {
  return grantRead(table, grantee, 'dynamodb:BatchGetItem', table.tableArn);
}

/** Lets a principal query a table, or one index of it and nothing else. */
export function grantQuery(table: ITable, grantee: IGrantable, index?: string): Grant {
  const arn = index === undefined ? table.tableArn : `${table.tableArn}/index/${index}`;
  return grantRead(table, grantee, 'dynamodb:Query', arn);
}

/** Lets a principal read what was written on a day, of a table with an index by day. */
export function grantReadDays(table: ITable, grantee: IGrantable): Grant {
  return grantQuery(table, grantee, dayIndex).combine(
    grantRead(table, grantee, 'dynamodb:BatchGetItem', table.tableArn),
  );
}

function grantRead(table: ITable, grantee: IGrantable, action: string, arn: string): Grant {
  table.encryptionKey?.grant(grantee, 'kms:Decrypt', 'kms:DescribeKey');
  return Grant.addToPrincipal({ grantee, actions: [action], resourceArns: [arn] });
}

/** Lets a principal write items of a table by just these actions, such as `dynamodb:PutItem`. */
export function grantWriteItems(table: ITable, grantee: IGrantable, ...actions: string[]): Grant {
  // What AWS asks of a writer's key, with the names that the usual wildcards stand for.
  const keyActions = ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncryptFrom', 'kms:ReEncryptTo', 'kms:GenerateDataKey'];
  table.encryptionKey?.grant(grantee, ...keyActions, 'kms:DescribeKey');
  // The table's own method would add all of its indexes, which can't be written.
  return Grant.addToPrincipal({ grantee, actions, resourceArns: [table.tableArn] });
}
