import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
  GetRolePolicyCommand,
  IAMClient,
  ListRolePoliciesCommand,
  ListRolesCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { credentials, region } from '../../local/start/aws.ts';
import { parseLedger, rightsFolder, rightsOf } from '../../scripts/rights/ledger.ts';
import { type Platform, startPlatform, withRights } from './platform.ts';
import { apply, eventually } from './steps.ts';

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform(60, withRights);
});
afterAll(() => platform?.interrupt());

/** What the ledger of this platform's cloud says of the platform's roles. */
function rights() {
  const { port } = new URL(platform.report.addresses.cloud);
  const name = readdirSync(rightsFolder).find((file) => file.startsWith(`${port}-`)) ?? '';
  const lines = parseLedger(readFileSync(path.join(rightsFolder, name), 'utf8'));
  return rightsOf(lines.filter(({ role }) => role.startsWith('Seaworthy')));
}

test('the path from the application to the verified record needs no right that a policy does not give', () => {
  const { checks, applications } = platform.report;
  expect(checks.filter(({ held }) => !held)).toEqual([]);
  expect(applications.decided).toBe(applications.accepted);
  const { granted, unused, refused } = rights();
  expect(refused).toEqual([]);
  expect(granted.length - unused.length).toBeGreaterThan(80);
});

interface Document {
  readonly Statement: readonly { readonly Action: string | readonly string[] }[];
}

test('without one grant the path fails, and the refusal names the action', async () => {
  const iam = new IAMClient({ endpoint: platform.report.addresses.cloud, region, credentials });
  const { Roles = [] } = await iam.send(new ListRolesCommand({ MaxItems: 1_000 }));
  const RoleName = Roles.find((role) => role.RoleName?.includes('StreamIngestionConsumerRole'))?.RoleName;
  const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
  for (const PolicyName of PolicyNames) {
    const { PolicyDocument = '' } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
    const document = JSON.parse(decodeURIComponent(PolicyDocument)) as Document;
    const Statement = document.Statement.map((statement) => ({
      ...statement,
      Action: [statement.Action].flat().filter((action) => action !== 'sqs:SendMessage'),
    })).filter(({ Action }) => Action.length > 0);
    const changed = JSON.stringify({ ...document, Statement });
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: changed }));
  }
  await apply(platform, 'rights-1');
  const refused = await eventually('the refusal', async () => rights().refused[0]);
  expect(refused).toEqual({ role: RoleName, action: 'sqs:SendMessage' });
});
