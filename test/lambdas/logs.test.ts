import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { badRecords, badRequests } from './support/bad-input.ts';
import { type Cloud, startCloud } from './support/cloud.ts';
import { type Container, startContainer } from './support/container.ts';
import { application, batch, personalWords, post, rawRecord, record } from './support/examples.ts';
import { environmentOf } from './support/handlers.ts';
import { type Model, replyWith, score, startModel } from './support/model.ts';

let cloud: Cloud;
let model: Model;
beforeAll(async () => {
  [cloud, model] = await Promise.all([startCloud(), startModel()]);
});
afterAll(() => Promise.all([cloud.close(), model.close()]));

/** The most talkative environment that an operator can set. */
const start = (name: string): Promise<Container> =>
  startContainer(name, {
    ...environmentOf(cloud, model),
    POWERTOOLS_SERVICE_NAME: name,
    AWS_LAMBDA_LOG_LEVEL: 'DEBUG',
  });

/** The objects of a log that has one JSON object a line. */
const linesOf = (output: string) =>
  output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** Makes the cloud refuse some operations. */
const refuse = (...operations: readonly string[]) => {
  cloud.fault = ({ operation }) => (operations.includes(operation) ? 'refused' : undefined);
};

describe('whatever fails, no personal data is in a log', () => {
  test('of the intake', async () => {
    const container = await start('intake');
    for (const { event } of badRequests) await container.invoke(event);
    await container.invoke(post(JSON.stringify(application({ Quillfeather: 1 }))));
    const good = (applicationId: string) => post(JSON.stringify(application({ applicationId })));
    for (const [index, operations] of [['PutItem'], ['PutRecord'], ['PutRecord', 'UpdateItem']].entries()) {
      refuse(...operations);
      expect(await container.invoke(good(`A-${index}`))).toHaveProperty('failure');
    }
    cloud.fault = ({ operation }) => (operation === 'PutRecord' ? 'hang' : undefined);
    expect(await container.invoke(good('A-4'), 1_600)).toHaveProperty('failure');
    cloud.reset();
    expect(await container.invoke(good('A-5'))).toMatchObject({ answer: { statusCode: 202 } });
    expect(await container.invoke(good('A-5'))).toMatchObject({ answer: { statusCode: 409 } });
    await container.close();
    const refused = linesOf(container.output()).filter(({ message }) => message === 'refused');
    expect(refused).toHaveLength(badRequests.length + 2);
    expect(container.output()).toContain('AccessDeniedException');
    for (const word of personalWords) expect(container.output()).not.toContain(word);
  });

  test('of the consumer', async () => {
    cloud.reset();
    const container = await start('consumer');
    const good = (applicationId: string) => batch(record(application({ applicationId }), 50));
    const bad = badRecords.map(({ data }, index) => rawRecord(data, index));
    expect(await container.invoke(batch(...bad))).toEqual({ answer: { batchItemFailures: [] } });
    for (const operation of ['GenerateMac', 'PutItem', 'SendMessage']) {
      refuse(operation);
      expect(await container.invoke(good(operation))).toEqual({
        answer: { batchItemFailures: [{ itemIdentifier: '50' }] },
      });
    }
    cloud.reset();
    for (const reply of ['cut' as const, replyWith(400, 'Zebedee'), replyWith(200, 'Zebedee')]) {
      model.reply = () => reply;
      await container.invoke(good(`B-${cloud.items.size}`));
    }
    await container.close();
    for (const table of ['decisions/', 'cases/']) {
      expect([...cloud.items.keys()].filter((key) => key.startsWith(table))).toHaveLength(3);
    }
    expect(container.output()).toContain('record failed, it will be delivered again');
    for (const word of personalWords) expect(container.output()).not.toContain(word);
  });

  test('of the feature writer', async () => {
    cloud.reset();
    const container = await start('feature-writer');
    for (const operation of ['GenerateMac', 'TransactWriteItems']) {
      refuse(operation);
      expect(await container.invoke(batch(record(application(), 50)))).toEqual({
        answer: { batchItemFailures: [{ itemIdentifier: '50' }] },
      });
    }
    cloud.reset();
    const bad = badRecords.map(({ data }, index) => rawRecord(data, index));
    expect(await container.invoke(batch(...bad))).toEqual({ answer: { batchItemFailures: [] } });
    await container.close();
    expect(container.output()).toContain('applications were not counted');
    for (const word of personalWords) expect(container.output()).not.toContain(word);
  });

  test('of the outcomes', async () => {
    cloud.reset();
    const container = await start('outcomes');
    const outcome = { applicationId: 'A-1', outcome: 'paid', occurredAt: '2006-01-01', knownAt: '2006-01-01' };
    const groups = { subject: { applicant: 'p1' }, features: { sector: '72', state: 'CA' } };
    const record = { S: JSON.stringify({ submittedAt: '2004-03-01', ...groups }) };
    cloud.items.set('decisions/A-1', { applicationId: { S: 'A-1' }, record });
    const tell = (changes: object = {}) => container.invoke(post(JSON.stringify({ ...outcome, ...changes })));
    expect(await tell({ Quillfeather: 'Zebedee' })).toMatchObject({ answer: { statusCode: 400 } });
    expect(await tell()).toMatchObject({ answer: { statusCode: 201 } });
    expect(await tell({ outcome: 'defaulted' })).toMatchObject({ answer: { statusCode: 409 } });
    refuse('TransactWriteItems');
    expect(await tell()).toHaveProperty('failure');
    await container.close();
    const refused = linesOf(container.output()).filter(({ message }) => message === 'refused');
    expect(refused.map(({ fields }) => fields)).toEqual([['(unknown field)'], ['outcome']]);
    for (const word of personalWords) expect(container.output()).not.toContain(word);
  });
});

test('the consumer counts what became of its records, failures by class, and a redelivery not again', async () => {
  cloud.reset();
  const container = await start('consumer');
  const ids = ['A-1', 'A-2', 'A-3'];
  const replies = [score(0.01), score(0.17), replyWith(400, '')];
  model.reply = () => replies.shift() ?? 'cut';
  for (const [index, id] of ids.entries())
    await container.invoke(batch(record(application({ applicationId: id }), index)));
  model.reply = () => score(0.01);
  const again = ids.map((applicationId, index) => record(application({ applicationId }), index));
  await container.invoke(batch(...again));
  await container.invoke(batch(rawRecord('Zebedee'), rawRecord('Quillfeather', 2)));
  refuse('PutItem');
  await container.invoke(batch(record(application({ applicationId: 'A-4' }))));
  await container.close();

  const counted: Record<string, number> = {};
  for (const line of linesOf(container.output()).filter(({ _aws }) => _aws)) {
    const { CloudWatchMetrics } = line['_aws'] as {
      CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string }[] }[];
    };
    const labels = ['class', 'rung', 'why'].filter((name) => line[name] !== undefined);
    const dimensions = [...labels, 'service'].toSorted();
    expect(CloudWatchMetrics).toMatchObject([{ Namespace: 'Seaworthy' }]);
    expect(CloudWatchMetrics[0]?.Dimensions.map((names) => names.toSorted())).toEqual([dimensions]);
    expect(line['service']).toBe('consumer');
    for (const { Name } of CloudWatchMetrics[0]?.Metrics ?? []) {
      const name = [Name, ...labels.map((label) => line[label])].join(' ');
      const values = [line[Name]].flat() as number[];
      counted[name] = (counted[name] ?? 0) + values.reduce((sum, value) => sum + value, 0);
    }
  }
  expect(counted).toEqual({
    ApplicationsApproved: 1,
    ApplicationsDecided: 3,
    ApplicationsReferred: 2,
    ReferredUnscored: 1,
    ModelPassedOver: 1,
    'ApplicationsDealtWith model': 1,
    'ApplicationsDealtWith person': 2,
    'RungsPassedOver model near-threshold': 1,
    'RungsPassedOver model invalid-answer': 1,
    'RungsPassedOver scorecard failed': 1,
    'RungsPassedOver rules failed': 1,
    RecordsQuarantined: 2,
    'RecordsFailed malformed': 2,
    'RecordsFailed unknown': 1,
  });
});
