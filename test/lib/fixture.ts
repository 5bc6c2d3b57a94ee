import { Stack } from 'aws-cdk-lib';
import { IpAddresses, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { newApp } from './app.ts';

/** A stack with what constructs of this project ask for. */
export function fixture(context: Readonly<Record<string, unknown>> = {}) {
  const stack = new Stack(newApp(context), 'Test');
  return {
    stack,
    shared: {
      encryptionKey: new Key(stack, 'Key'),
      alarmTopic: new Topic(stack, 'Topic'),
      accessLogs: new Bucket(stack, 'AccessLogs'),
    },
    vpc: new Vpc(stack, 'Vpc', {
      ipAddresses: IpAddresses.cidr('10.0.0.0/16'),
      maxAzs: 2,
      natGateways: 0,
      subnetConfiguration: [{ name: 'workload', subnetType: SubnetType.PRIVATE_ISOLATED }],
    }),
  };
}
