/** Metrics that AWS documents and we use, and what each dimension has to name: a resource of this type. */
interface Namespace {
  readonly metrics: readonly string[];
  readonly dimensions: Readonly<Record<string, string>>;
}

/** By namespace. */
export const namespaces: Readonly<Record<string, Namespace>> = {
  'AWS/Lambda': {
    metrics: [
      'Errors',
      'Throttles',
      'Duration',
      'Invocations',
      'IteratorAge',
      'OnFailureDestinationDeliveredEventCount',
      'DroppedEventCount',
    ],
    dimensions: {
      FunctionName: 'AWS::Lambda::Function',
      EventSourceMappingUUID: 'AWS::Lambda::EventSourceMapping',
    },
  },
  'AWS/Kinesis': {
    metrics: ['IncomingRecords', 'WriteProvisionedThroughputExceeded'],
    dimensions: { StreamName: 'AWS::Kinesis::Stream' },
  },
  'AWS/S3': { metrics: ['4xxErrors', '5xxErrors', 'AllRequests'], dimensions: { BucketName: 'AWS::S3::Bucket' } },
  'AWS/ApplicationELB': {
    metrics: [
      'UnHealthyHostCount',
      'HealthyHostCount',
      'TargetResponseTime',
      'HTTPCode_Target_5XX_Count',
      'HTTPCode_ELB_5XX_Count',
    ],
    dimensions: {
      LoadBalancer: 'AWS::ElasticLoadBalancingV2::LoadBalancer',
      TargetGroup: 'AWS::ElasticLoadBalancingV2::TargetGroup',
    },
  },
  'ECS/ContainerInsights': {
    metrics: ['DesiredTaskCount', 'RunningTaskCount'],
    dimensions: { ClusterName: 'AWS::ECS::Cluster', ServiceName: 'AWS::ECS::Service' },
  },
  'AWS/Events': { metrics: ['TriggeredRules'], dimensions: { RuleName: 'AWS::Events::Rule' } },
  'AWS/ApiGateway': { metrics: ['5xx', 'Latency'], dimensions: { ApiId: 'AWS::ApiGatewayV2::Api' } },
  'AWS/SQS': {
    metrics: ['ApproximateNumberOfMessagesVisible', 'ApproximateAgeOfOldestMessage', 'NumberOfMessagesSent'],
    dimensions: { QueueName: 'AWS::SQS::Queue' },
  },
  'AWS/States': {
    metrics: ['ExecutionsFailed', 'ExecutionsTimedOut', 'ExecutionsAborted', 'ExecutionThrottled', 'ExecutionsStarted'],
    dimensions: { StateMachineArn: 'AWS::StepFunctions::StateMachine' },
  },
  'AWS/DynamoDB': {
    metrics: ['ReadThrottleEvents', 'WriteThrottleEvents', 'ThrottledRequests', 'SystemErrors', 'UserErrors'],
    dimensions: { TableName: 'AWS::DynamoDB::Table' },
  },
  'AWS/SNS': { metrics: ['NumberOfNotificationsFailed'], dimensions: { TopicName: 'AWS::SNS::Topic' } },
};
