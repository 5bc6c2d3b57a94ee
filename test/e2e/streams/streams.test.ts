import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordsOf } from '../../../lambdas/patterns/stream/stream-record.ts';
import { command } from '../../../scripts/command.ts';
import { root } from '../../../scripts/root.ts';
import { badRecords } from '../../lambdas/support/bad-input.ts';
import { application, personalWords, receivedAt } from '../../lambdas/support/examples.ts';
import { score } from '../../lambdas/support/model.ts';
import { type StreamsCloud, startStreamsCloud } from './cloud.ts';
import { eventually, type Look, lookAt } from './look.ts';
import { kafka, kinesis, type Put } from './source.ts';

let cloud: StreamsCloud;
beforeAll(async () => {
  cloud = await startStreamsCloud();
});
afterAll(() => cloud?.stop());

/** A record in order, with a key of its own. */
const good = (applicationId: string, changes: object = {}): Put => ({
  key: `key-${applicationId}`,
  data: JSON.stringify({ application: application({ applicationId, ...changes }), receivedAt }),
});
/** One record of each class that goes to quarantine. */
const poison = ['malformed', 'schema-invalid', 'oversized', 'policy-blocked'].map((reason) => {
  const { data } = badRecords.find((record) => record.reason === reason) as (typeof badRecords)[number];
  return { reason, data };
});

describe.each([kinesis, kafka])('a stream of $name', (source) => {
  let look: Look;
  const id = (name: string | number) => `${source.name}-${name}`;
  const since = new Date(Date.now() - 60_000).toISOString();
  const decided = (...ids: readonly string[]) =>
    eventually(`decisions on ${ids[0]} and others`, async () => {
      const decisions = await look.decisions();
      return ids.every((each) => decisions.has(each)) ? decisions : undefined;
    });
  const redrive = (...args: readonly string[]) =>
    command(
      process.execPath,
      ['tools/redrive/main.ts', '--since', since, '--function', cloud.outputs[`${source.name}Redriver`] ?? '', ...args],
      { cwd: root, env: cloud.environment },
    );
  beforeAll(() => {
    look = lookAt(cloud, source.name);
  });

  test('poison among good records: none lost, none decided twice, each bad one whole with its reason', async () => {
    const ids = Array.from({ length: 30 }, (_, index) => id(index));
    const records = ids.map((each) => good(each));
    const bad = poison.map(({ data }, index) => ({ key: `poison-${index}`, data }));
    await source.put(cloud, ...records.slice(0, 15), ...bad, ...records.slice(15), ...records.slice(0, 5));
    const decisions = await decided(...ids);
    expect([...decisions.keys()].toSorted()).toEqual(ids.toSorted());
    const audited = await eventually('an entry of the audit log for each', async () => {
      const found = (await look.audited()).filter((each) => each.startsWith(`${source.name}-`));
      return found.length < ids.length ? undefined : found;
    });
    expect(audited.toSorted()).toEqual(ids.toSorted());
    for (const { reason, data } of poison) {
      const found = await eventually(`quarantine of the ${reason} record`, async () => {
        const [object] = (await look.failed(`quarantine/${reason}/`)).values();
        return object;
      });
      expect(JSON.parse(found)).toMatchObject({
        schemaVersion: 1,
        reason,
        origin: { key: expect.stringMatching(/^poison-/) },
      });
      expect(found).toContain(Buffer.from(data).toString('base64'));
    }
    // A batch that is delivered again puts its poison again: a version more, and a pointer to it.
    await eventually('a pointer to each', async () => ((await look.pointers()) >= poison.length ? true : undefined));
  });

  test('every readable record is in the archive, pseudonymised, under the day of its arrival', async () => {
    const ids = Array.from({ length: 30 }, (_, index) => id(index));
    const rows = await eventually('each record in the archive', async () => {
      const found = await look.archived();
      return ids.every((each) => found.some((row) => row['application_id'] === each)) ? found : undefined;
    });
    const places = rows.map((row) => `${row['partition']}:${row['position']}`);
    expect(new Set(places).size).toBe(places.length);
    for (const row of rows) expect(row['day']).toBe(String(row['arrived_at']).slice(0, 10));
    for (const word of personalWords) expect(JSON.stringify(rows)).not.toContain(word);
  });

  test('records that come again later change nothing', async () => {
    const before = await look.decisions();
    cloud.model.reply = () => score(0.9);
    await source.put(cloud, good(id(0)), good(id(1)), good(id('after')));
    const after = await decided(id('after'));
    for (const each of [id(0), id(1)]) expect(after.get(each)).toEqual(before.get(each));
  });

  test('those of a key are decided in their order', async () => {
    const ids = ['first', 'second', 'third'].map(id);
    await source.put(cloud, ...ids.map((each) => ({ ...good(each), key: 'one-applicant' })));
    const decisions = await decided(...ids);
    const times = ids.map((each) => decisions.get(each)?.decidedAt ?? '');
    expect(times).toEqual(times.toSorted());
  });

  test('a redrive leaves what the current code can not decide', async () => {
    const { code, stdout } = await redrive('--class', 'all', '--by', 'staff-7');
    expect([code, stdout.trim().split('\n').at(-1)]).toEqual([0, '0 records delivered; objects: 4 still-poison']);
    const kept = await look.failed('quarantine/');
    const entries = await look.entries('redrive');
    expect(entries.filter((entry) => entry.type === 'redrive' && kept.has(entry.source))).toEqual([]);
  });

  test('once the policy has changed it decides the record, once, and says who asked', async () => {
    const [key] = (await look.failed('quarantine/policy-blocked/')).keys();
    cloud.model.reply = () => score(0.9);
    await look.configure({ STATES_NOT_SERVED: 'none' });
    const runs = await Promise.all([1, 2].map(() => redrive('--class', 'policy-blocked', '--by', 'staff-7')));
    expect(runs.map(({ code }) => code)).toEqual([0, 0]);
    const decisions = await decided('A-1');
    expect(decisions.get('A-1')).toMatchObject({ outcome: 'declined' });
    expect(await look.failed('quarantine/policy-blocked/')).toEqual(new Map());
    const entries = await eventually('the entry of the redrive', async () => {
      const found = (await look.entries('redrive')).filter((entry) => entry.type === 'redrive' && entry.source === key);
      return found.length > 0 ? found : undefined;
    });
    expect(entries).toHaveLength(1);
    expect(entries[0]).toMatchObject({ by: 'staff-7', source: key, records: 1, outcome: 'delivered' });
    await eventually('its pointer is gone', async () => ((await look.pointers()) === 3 ? true : undefined));
  });

  test('a batch that was given up is whole in the bucket, and is decided once the fault is mended', async () => {
    await look.configure({ AUDIT_QUEUE_URL: `${cloud.endpoint}/000000000000/no-such-queue` });
    const ids = ['given-up-1', 'given-up-2'].map(id);
    await source.put(cloud, ...ids.map((each) => good(each)));
    await eventually('what was given up', async () => {
      const objects = [...(await look.failed('aws/lambda/')).values()];
      const records = objects.flatMap((object) => recordsOf(JSON.parse(JSON.parse(object).payload)));
      const texts = records.map((record) => record.bytes().toString());
      return ids.every((each) => texts.some((text) => text.includes(each))) ? true : undefined;
    });
    await look.configure({ AUDIT_QUEUE_URL: cloud.outputs['AuditQueue'] ?? '' });
    await eventually('every one redriven', async () => {
      const { code } = await redrive('--class', 'given-up', '--rate', '1000');
      const audited = await look.audited();
      return code === 0 && ids.every((each) => audited.includes(each)) ? true : undefined;
    });
    const audited = (await look.audited()).filter((each) => ids.includes(each));
    expect(audited).toHaveLength(2);
    expect(await look.failed('aws/lambda/')).toEqual(new Map());
  });
});
