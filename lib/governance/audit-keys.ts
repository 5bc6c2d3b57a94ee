import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { type IKey, Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { acknowledge } from '../common/acknowledge.ts';

/** How long a table's earlier states can be restored: what is erased is gone for good after that. */
export const restorableFor = Duration.days(7);

/** The key that signs the log's checkpoints. Ed25519: the one kind that KMS and every verifier of such logs know. */
export function signingKey(scope: Construct): Key {
  return new Key(scope, 'SigningKey', {
    description: 'Signs the checkpoints of the audit log',
    keySpec: KeySpec.ECC_NIST_EDWARDS25519,
    keyUsage: KeyUsage.SIGN_VERIFY,
    removalPolicy: RemovalPolicy.RETAIN,
  });
}

/** The key that wraps the persons' keys: who may read the bucket can't read the entries without it. */
export function wrappingKey(scope: Construct): Key {
  return new Key(scope, 'WrappingKey', {
    description: "Wraps the keys of persons, which the audit log's entries are sealed with",
    enableKeyRotation: true,
    removalPolicy: RemovalPolicy.RETAIN,
  });
}

/** A table of the log, which stays with the log. */
export function logTable(scope: Construct, id: string, encryptionKey: IKey): Table {
  const table = new Table(scope, id, {
    partitionKey: { name: 'id', type: AttributeType.STRING },
    billingMode: BillingMode.PAY_PER_REQUEST,
    encryption: TableEncryption.CUSTOMER_MANAGED,
    encryptionKey,
    pointInTimeRecoverySpecification: {
      pointInTimeRecoveryEnabled: true,
      recoveryPeriodInDays: restorableFor.toDays(),
    },
    deletionProtection: true,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  acknowledge(table, {
    'NIST.800.53.R5-DynamoDBInBackupPlan': `It can be restored to any second of ${restorableFor.toHumanString()}, without a plan`,
  });
  return table;
}
