import { type App, CfnOutput, Fn, NestedStack, Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { expect, test } from 'vitest';
import { buildGraph } from '../../../lib/gate/model/graph.ts';
import { referencesIn } from '../../../lib/gate/model/references.ts';
import { readSources } from '../../../lib/gate/model/sources.ts';
import { newApp } from '../app.ts';

/** What the topic of a user's stack names, where the stack is given a bucket's name in some way. */
function namedByTopic(make: (stack: Stack) => string, context: Readonly<Record<string, unknown>> = {}): string[] {
  const app = newApp(context);
  const user = new Stack(app, 'User', { stackName: 'another-name' });
  new Topic(user, 'Topic', { displayName: make(user) });
  return namedBySynthesisedTopic(app);
}

function namedBySynthesisedTopic(app: App): string[] {
  const files = app.synth().stacks.map(({ templateFullPath }) => templateFullPath);
  const graph = buildGraph(readSources(app, files));
  const [topic] = graph.ofType('AWS::SNS::Topic');
  return topic ? graph.namedBy(topic).map(({ path }) => path) : [];
}

const maker = (stack: Stack) => new Stack(stack.node.root as Construct, 'Maker');

test.each([
  ['strong references, by exports and imports', { '@aws-cdk/core:defaultCrossStackReferences': 'strong' }],
  ['weak references, by outputs', { '@aws-cdk/core:defaultCrossStackReferences': 'weak' }],
])('%s are followed from stack to stack', (_, context) => {
  const named = namedByTopic((user) => new Bucket(maker(user), 'Bucket').bucketName, context);
  expect(named).toEqual(['Maker/Bucket/Resource']);
});

test('an import by a name that is written down is followed', () => {
  const named = namedByTopic((user) => {
    const stack = maker(user);
    new CfnOutput(stack, 'Out', { value: new Bucket(stack, 'Bucket').bucketArn, exportName: 'the-bucket' });
    return Fn.importValue('the-bucket');
  });
  expect(named).toEqual(['Maker/Bucket/Resource']);
});

test('references go down into nested stacks and up out of them', () => {
  const down = namedByTopic((user) => {
    const bucket = new Bucket(user, 'Bucket');
    const nested = new NestedStack(user, 'Nested');
    return new Bucket(nested, 'Inner', { bucketName: bucket.bucketName }).bucketName;
  });
  expect(down).toContain('User/Nested/Inner/Resource');
});

test('a parameter of a nested stack stands for what it is given', () => {
  const app = newApp();
  const stack = new Stack(app, 'Outer');
  const bucket = new Bucket(stack, 'Bucket');
  new Topic(new NestedStack(stack, 'Nested'), 'Topic', { displayName: bucket.bucketName });
  expect(namedBySynthesisedTopic(app)).toEqual(['Outer/Bucket/Resource']);
});

test('what names what is known from both sides', () => {
  const graph = buildGraph([
    {
      stack: 'App',
      file: 'App.template.json',
      template: {
        Resources: {
          A: { Type: 'Test::A', Properties: { Of: { 'Fn::GetAtt': ['B', 'Arn'] }, Other: { Ref: 'AWS::Region' } } },
          B: { Type: 'Test::B' },
        },
      },
    },
  ]);
  const [b] = graph.ofType('Test::B');
  expect(b && graph.naming(b).map(({ logicalId }) => logicalId)).toEqual(['A']);
  expect(b && graph.namedIn(b, undefined)).toEqual([]);
});

const braced = (name: string) => `\${${name}}`;

test.each([
  [{ Ref: 'A' }, ['A']],
  [{ 'Fn::GetAtt': 'A.Arn' }, ['A']],
  [{ 'Fn::Sub': `x-${braced('A')}-${braced('B.Arn')}-${braced('!Literal')}` }, ['A', 'B']],
  [{ 'Fn::Sub': [`${braced('X')}-${braced('A')}`, { X: { Ref: 'B' } }] }, ['A', 'B']],
  [{ 'Fn::Join': ['', ['text', { 'Fn::If': ['Condition', { Ref: 'A' }, { Ref: 'B' }] }]] }, ['A', 'B']],
  [['text', 7, null, true], []],
])('the references in %j', (value, names) => {
  expect(referencesIn(value)).toEqual(names.map((name) => expect.objectContaining({ kind: 'own', name })));
});
