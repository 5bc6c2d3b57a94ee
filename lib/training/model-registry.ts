import { AttributeType, type Table } from 'aws-cdk-lib/aws-dynamodb';
import { AccountRootPrincipal, Grant, type IGrantable, Role } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { dataTable } from '../common/data-table.ts';
import { grantObjects, grantReadObjects } from '../common/grants.ts';
import { Problems } from '../common/problems.ts';
import { dataRemoval } from '../common/removal.ts';

export interface ModelRegistryProps {
  /** Bucket of the versions' files; it keeps versions of objects, and is encrypted. */
  readonly bucket: IBucket;
  /** Where in the bucket the model's versions are, such as `models/loan-default`. */
  readonly model: string;
  /** Encrypts the table of stages. */
  readonly encryptionKey: IKey;
  /**
   * Whether the stages and the signing key go with the stack; it takes the context flag `seaworthy:destroyData` as well.
   * @default false
   */
  readonly destroyData?: boolean;
}

/**
 * Versions of a model that never change: files in S3, signed; stages in DynamoDB, with who trained and who approved.
 *
 * Two roles for people, who enter them under their own user name: `trainers` may ask for a training, `approvers` may
 * approve of a version. Each can write under their own id alone, so nobody can do either in another's name, and a
 * promotion is refused when both are the same person.
 */
export class ModelRegistry extends Construct {
  readonly bucket: IBucket;
  readonly model: string;
  /** Stages, by `id` and `part`; see `services/trainer/src/trainer/stages.py`. */
  readonly stages: Table;
  /** Signs the manifest of each version. Its private half never leaves KMS. */
  readonly signingKey: Key;
  readonly trainers: Role;
  readonly approvers: Role;
  /** Address of the versions, `s3://bucket/prefix`. */
  readonly uri: string;

  constructor(scope: Construct, id: string, props: ModelRegistryProps) {
    super(scope, id);
    const { bucket, model, encryptionKey, destroyData } = props;
    new Problems('ModelRegistry')
      .check(model !== '' && !/^\/|\/$/.test(model), 'model', model, 'give a prefix without a slash at its ends')
      .throwIfAny();
    this.bucket = bucket;
    this.model = model;
    this.uri = bucket.s3UrlForObject(model);
    this.stages = dataTable(this, 'Stages', {
      partitionKey: { name: 'id', type: AttributeType.STRING },
      sortKey: { name: 'part', type: AttributeType.STRING },
      encryptionKey,
      destroyData,
    });
    this.signingKey = new Key(this, 'SigningKey', {
      description: 'Signs the versions of the model',
      keySpec: KeySpec.ECC_NIST_P256,
      keyUsage: KeyUsage.SIGN_VERIFY,
      // Without it no version could be verified any more.
      removalPolicy: dataRemoval(this, destroyData),
    });
    this.trainers = this.#createRole('Trainers', 'trainer');
    this.approvers = this.#createRole('Approvers', 'approver');
  }

  /** Lets a principal read versions and check their signature. */
  grantRead(grantee: IGrantable): Grant {
    this.signingKey.grant(grantee, 'kms:GetPublicKey');
    return grantReadObjects(this.bucket, grantee, `${this.model}/`);
  }

  /** Lets a principal register and promote: write versions, sign them, and move them from stage to stage. */
  grantRegister(grantee: IGrantable): Grant {
    this.grantRead(grantee);
    this.signingKey.grant(grantee, 'kms:Sign');
    const write = ['kms:GenerateDataKey', 'kms:Decrypt'];
    const files = grantObjects(this.bucket, grantee, ['s3:PutObject'], `${this.model}/`, write);
    const stages = ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:ConditionCheckItem'];
    this.stages.encryptionKey?.grant(grantee, 'kms:Encrypt', 'kms:Decrypt', 'kms:GenerateDataKey', 'kms:DescribeKey');
    return files.combine(this.stages.grant(grantee, ...stages, 'dynamodb:Scan'));
  }

  /** A role for people of this account. What they write is under their own id, by the condition. */
  #createRole(id: string, kind: string): Role {
    const role = new Role(this, id, {
      // The session has the user's own name, so that it stands for one person.
      assumedBy: new AccountRootPrincipal().withConditions({
        StringEquals: { 'sts:RoleSessionName': `\${aws:username}` },
        Bool: { 'aws:MultiFactorAuthPresent': 'true' },
      }),
      description: `People who may be the ${kind} of a version of the model ${this.model}`,
    });
    Grant.addToPrincipal({
      grantee: role,
      actions: ['dynamodb:PutItem'],
      resourceArns: [this.stages.tableArn],
      conditions: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [`${kind}#\${aws:userid}`] } },
    });
    Grant.addToPrincipal({
      grantee: role,
      actions: ['dynamodb:GetItem', 'dynamodb:Scan'],
      resourceArns: [this.stages.tableArn],
    });
    this.stages.encryptionKey?.grant(role, 'kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:DescribeKey');
    return role;
  }
}
