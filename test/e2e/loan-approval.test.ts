import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { awsEnvironment, credentials, region } from '../../local/start/aws.ts';
import { root } from '../../scripts/root.ts';
import { descendants, type Platform, request, startPlatform } from './platform.ts';

const run = promisify(execFile);
let platform: Platform;
let s3: S3Client;
let kinesis: KinesisClient;
let processes: number[];

const application = {
  applicationId: 'e2e-1',
  submittedAt: '2005-03-01',
  applicantName: 'Zebedee Quux Bakery',
  city: 'SPRINGFIELD',
  state: 'CA',
  zip: '94107',
  lenderName: 'FIRST BANK',
  lenderState: 'CA',
  industryCode: '445310',
  requestedAmount: 50_000,
  guaranteedAmount: 25_000,
  employees: 4,
  newBusiness: false,
  jobsCreated: 0,
  jobsRetained: 4,
  franchise: false,
  urbanRural: 'urban',
  revolvingCredit: true,
  lowDocumentation: false,
};

const output = (name: string) => platform.outputs[name] as string;
const post = (body: string | Uint8Array<ArrayBuffer>, type?: string) =>
  request(`${platform.report.addresses.api}/applications`, {
    method: 'POST',
    body,
    ...(type !== undefined && { type }),
  });

beforeAll(async () => {
  platform = await startPlatform(60);
  const options = { endpoint: platform.report.addresses.cloud, region, credentials };
  s3 = new S3Client({ ...options, forcePathStyle: true });
  kinesis = new KinesisClient(options);
  processes = await descendants(platform.pid);
});

afterAll(() => platform?.interrupt());

interface Refused {
  readonly error: { readonly fields: readonly { readonly field: string }[] };
}

interface Status {
  readonly status: string;
  readonly decision?: { readonly modelVersion: string };
}

const bodyOf = async <Body>(answer: Response) => (await answer.json()) as Body;

async function eventually<Result>(what: string, look: () => Promise<Result | undefined>): Promise<Result> {
  const end = Date.now() + 60_000;
  while (Date.now() < end) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(200);
  }
  throw new Error(`${what} did not come about`);
}

describe('the report of a run on real loans', () => {
  test('nothing is lost, nothing is decided twice, and every check held', () => {
    const { applications, checks, stacks } = platform.report;
    expect(applications).toMatchObject({ sent: 60, lost: 0, decidedTwice: 0 });
    expect(applications.accepted + applications.rejected).toBe(60);
    expect(applications.decided).toBe(applications.accepted);
    expect(checks.filter(({ held }) => !held)).toEqual([]);
    expect(new Set(Object.values(stacks))).toEqual(new Set(['CREATE_COMPLETE']));
  });

  test('the model decides, and is measured beside scorecard and policy rule', () => {
    const { decisions, applications, quality, audit } = platform.report;
    expect(decisions.approved + decisions.declined + decisions.referred).toBe(applications.decided);
    expect(decisions.approved).toBeGreaterThan(0);
    expect(decisions.referredFor).not.toHaveProperty('no-score');
    // Two more are the promotion of the model and the configuration of decisions.
    expect(audit.entries).toBe(applications.decided + 2);
    expect(audit.checkpoints).toBeGreaterThan(1);
    for (const decider of ['model', 'scorecard', 'policy'] as const) {
      expect(quality[decider].brier).toBeGreaterThan(0);
      expect(quality[decider].cost).toBeGreaterThan(0);
    }
  });

  test('the page answers and needs nothing from elsewhere', async () => {
    const page = await (await fetch(platform.report.addresses.page)).text();
    expect(page).toContain('<svg');
    expect(page).not.toMatch(/(src|href)="https?:/);
  });
});

describe('an application by hand', () => {
  test('is received, decided once and answered with its grounds, without direct identifiers', async () => {
    const received = await post(JSON.stringify(application));
    expect(received.status).toBe(202);
    const status = await eventually('the decision', async () => {
      const answer = await bodyOf<Status>(await request(`${platform.report.addresses.api}/applications/e2e-1`));
      return answer.status === 'received' ? undefined : answer;
    });
    expect(['approved', 'declined', 'referred']).toContain(status.status);
    expect(status.decision?.modelVersion).toBe(platform.report.model.version);
    expect(JSON.stringify(status)).not.toMatch(/zebedee|springfield|94107/i);
  });

  test('a repeat of its id is refused', async () => {
    const answer = await post(JSON.stringify(application));
    expect(answer.status).toBe(409);
    expect((await bodyOf<Refused>(answer)).error.fields[0]?.field).toBe('applicationId');
  });

  test.each([
    ['not JSON', '{', 400, '(body)'],
    ['a missing field', JSON.stringify({ ...application, state: undefined }), 400, 'state'],
    ['an extra field', JSON.stringify({ ...application, term: 84 }), 400, 'term'],
    ['a wrong type', JSON.stringify({ ...application, employees: '4' }), 400, 'employees'],
    ['a negative amount', JSON.stringify({ ...application, requestedAmount: -1 }), 400, 'requestedAmount'],
    ['a date in the future', JSON.stringify({ ...application, submittedAt: '2999-01-01' }), 400, 'submittedAt'],
    ['NUL in a name', JSON.stringify({ ...application, applicantName: 'a\u0000b' }), 400, 'applicantName'],
    ['NUL bytes for a body', new Uint8Array(64), 400, '(body)'],
    ['a body of 2 MB', 'x'.repeat(2e6), 413, '(body)'],
  ])('%s is refused and the field is named', async (_, body, status, field) => {
    const answer = await post(body);
    expect(answer.status).toBe(status);
    const { error } = await bodyOf<Refused>(answer);
    expect(error.fields.map((each) => each.field)).toContain(field);
    expect(JSON.stringify(error)).not.toMatch(/zebedee/i);
  });

  test('an unsigned request is not let in', async () => {
    const answer = await fetch(`${platform.report.addresses.api}/applications`, { method: 'POST', body: '{}' });
    expect(answer.status).toBe(403);
  });
});

describe('the outcome of a loan', () => {
  const outcome = { applicationId: 'e2e-1', outcome: 'defaulted', occurredAt: '2007-02-01', knownAt: '2007-05-01' };
  const tell = async (changes: object = {}) => {
    const body = JSON.stringify({ ...outcome, ...changes });
    const answer = await request(`${platform.report.addresses.api}/outcomes`, { method: 'POST', body });
    return { status: answer.status, body: await bodyOf<Record<string, unknown>>(answer) };
  };

  test('is recorded once, contradicted never, and corrected by a version of its own', async () => {
    expect(await tell()).toMatchObject({ status: 201, body: { version: 1 } });
    expect(await tell()).toMatchObject({ status: 200, body: { version: 1 } });
    expect(await tell({ outcome: 'paid' })).toMatchObject({ status: 409 });
    const correction = { outcome: 'paid', knownAt: '2007-06-01', corrects: 1 };
    expect(await tell(correction)).toMatchObject({ status: 201, body: { version: 2 } });
    expect(await tell({ ...correction, corrects: 5 })).toMatchObject({ status: 409 });
    expect(await tell({ applicationId: 'e2e-none' })).toMatchObject({ status: 404 });
  });
});

interface QuarantinedRecord {
  readonly reason: string;
  readonly event: { readonly Records: readonly { readonly kinesis: { readonly data: string } }[] };
}

describe('records that were put on the stream past the API', () => {
  const put = (data: string) =>
    kinesis.send(
      new PutRecordCommand({
        StreamName: output('StreamName'),
        PartitionKey: 'e2e',
        Data: new TextEncoder().encode(data),
      }),
    );

  test('poison goes whole to the failure bucket with its reason, and what came beside it is decided', async () => {
    const receivedAt = new Date().toISOString();
    const envelope = (change: object) => JSON.stringify({ application: { ...application, ...change }, receivedAt });
    await put('no JSON at all');
    await put(envelope({ applicationId: 'e2e-bad', requestedAmount: -5 }));
    await put(envelope({ applicationId: 'e2e-beside' }));
    await eventually('the decision beside', async () => {
      const answer = await request(`${platform.report.addresses.api}/applications/e2e-beside`);
      return answer.status === 200 ? true : undefined;
    });
    for (const [reason, data] of [
      ['malformed', 'no JSON at all'],
      ['schema-invalid', envelope({ applicationId: 'e2e-bad', requestedAmount: -5 })],
    ] as const) {
      const found = await eventually(`the ${reason} record`, () => quarantined(reason));
      expect(found.reason).toBe(reason);
      expect(Buffer.from(found.event.Records[0]?.kinesis.data ?? '', 'base64').toString()).toBe(data);
    }
  });

  async function quarantined(reason: string): Promise<QuarantinedRecord | undefined> {
    const Bucket = output('FailureBucketName');
    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: `quarantine/${reason}/` }));
    if (!Contents?.[0]) return undefined;
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: Contents[0].Key }));
    return JSON.parse((await Body?.transformToString()) ?? '');
  }
});

describe('the audit log', () => {
  test('refuses the deletion of a record', async () => {
    const Bucket = output('AuditBucketName');
    const { Versions } = await s3.send(new ListObjectVersionsCommand({ Bucket, MaxKeys: 1 }));
    const [record] = Versions ?? [];
    expect(record).toBeDefined();
    const deletion = new DeleteObjectCommand({ Bucket, Key: record?.Key, VersionId: record?.VersionId });
    await expect(s3.send(deletion)).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  test('verifies, tells the story of a decision, and verifies still when the person is erased', async () => {
    await post(JSON.stringify({ ...application, applicationId: 'e2e-audit', applicantName: 'Ada Erased' }));
    const story = () => tool('audit', 'show', 'e2e-audit');
    // Entries are gathered for some seconds; until then the log has nothing of it, and the tool says so by its code.
    const told = await eventually('the entry of the decision', () => story().catch(() => undefined));
    expect(told).toMatch(
      /e2e-audit was (approved|declined|referred) in mode normal by .* \(entry \d+, \S+, proven by \d+ hashes\)/,
    );
    const erased = await tool('erase', '--application', 'e2e-audit', '--by', 'staff-9');
    expect(erased).toMatch(/audit key +[0-9a-f-]{36}: gone/);
    expect(erased).toMatch(/decisions +1 removed, 0 left/);
    expect(await story()).toContain("the person's key was erased: nobody can read it");
    expect(await tool('audit', 'verify')).toContain('VERIFIED');
  });

  /** What a tool prints. @throws Error unless it ends with 0 */
  async function tool(name: string, ...args: readonly string[]): Promise<string> {
    const env = { PATH: process.env['PATH'], ...awsEnvironment(platform.report.addresses.cloud) };
    const { stdout } = await run(process.execPath, [`tools/${name}/main.ts`, ...args], { cwd: root, env });
    return stdout;
  }
});

describe('the end', () => {
  test('an interrupt ends every process that was started', async () => {
    processes = [...new Set([...processes, ...(await descendants(platform.pid))])];
    expect(processes.length).toBeGreaterThan(4);
    await platform.interrupt();
    await eventually('the end of every process', async () =>
      processes.some((pid) => existsSync(`/proc/${pid}`)) ? undefined : true,
    );
  });
});
