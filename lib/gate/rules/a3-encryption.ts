import { at, type Graph, list, type Resource } from '../model/graph.ts';
import { heldBy, type Rule } from '../rule.ts';

/** Where each kind of store names the key that it is encrypted with. */
const keys: Readonly<Record<string, (properties: Resource['properties']) => unknown>> = {
  'AWS::DynamoDB::Table': (properties) => at(properties, 'SSESpecification', 'KMSMasterKeyId'),
  'AWS::Kinesis::Stream': (properties) => at(properties, 'StreamEncryption', 'KeyId'),
  'AWS::Logs::LogGroup': (properties) => properties['KmsKeyId'],
  'AWS::S3::Bucket': (properties) =>
    list(at(properties, 'BucketEncryption', 'ServerSideEncryptionConfiguration')).map((each) =>
      at(each, 'ServerSideEncryptionByDefault', 'KMSMasterKeyID'),
    )[0],
  'AWS::SQS::Queue': (properties) => properties['KmsMasterKeyId'],
};

export const encryption: Rule = {
  id: 'A3',
  pillar: 'accountability',
  promise: "Each store of data is encrypted with a key of the customer's own.",
  why: 'Whoever gets at the storage reads what people have told, and erasing a key erases nothing.',
  evidenceFor: 'GDPR Art. 5(1)(f), 32(1)(a)',
  fix: 'encryption: BucketEncryption.KMS, encryptionKey: key',
  // The services that deliver access logs can't use a customer's key.
  subjects: (graph) => graph.ofType(...Object.keys(keys)).filter((store) => !receivesLogs(graph, store)),
  judge: (store) =>
    heldBy(keys[store.type]?.(store.properties) === undefined ? [] : [store], 'it names no key of its own'),
};

function receivesLogs(graph: Graph, store: Resource): boolean {
  return graph.naming(store).some((each) => {
    const logging = [at(each.properties, 'LoggingConfiguration'), ...attributes(each)];
    return graph.namedIn(each, logging).includes(store);
  });
}

function attributes({ type, properties }: Resource): readonly unknown[] {
  if (type !== 'AWS::ElasticLoadBalancingV2::LoadBalancer') return [];
  return list(properties['LoadBalancerAttributes']).filter((each) => at(each, 'Key') === 'access_logs.s3.bucket');
}
