// `npm run publish:console`: builds the reviewers' page and puts it where CloudFront serves it from. It asks AWS with the
// caller's own credentials, for the outputs of its stacks.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { KMSClient } from '@aws-sdk/client-kms';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { kmsVerifier } from '../lambdas/patterns/audit/log/kms-key.ts';
import { formatVerifier } from '../lambdas/patterns/audit/tlog/note.ts';
import { buildConsole } from './console.ts';

const stacks = ['SeaworthyOversight', 'SeaworthyFoundation'] as const;
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
};
/** Built files carry their hash in their names; what names them is asked for anew each time. */
const forEver = 'public, max-age=31536000, immutable';
const never = 'no-cache';

/** @throws Error that names the output that is missing */
async function outputsOf(): Promise<(name: string) => string> {
  const client = new CloudFormationClient();
  const described = await Promise.all(stacks.map((StackName) => client.send(new DescribeStacksCommand({ StackName }))));
  const found = described.flatMap(({ Stacks = [] }) => Stacks[0]?.Outputs ?? []);
  const outputs = new Map(found.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
  return (name) => {
    const value = outputs.get(name);
    if (!value) throw new Error(`the stacks ${stacks.join(', ')} have no output ${name}: deploy them first`);
    return value;
  };
}

const [folder, output] = await Promise.all([buildConsole(), outputsOf()]);
const s3 = new S3Client();
const put = (Key: string, Body: Buffer | string) =>
  s3.send(
    new PutObjectCommand({
      Bucket: output('ConsoleBucketName'),
      Key,
      Body,
      ContentType: types[path.extname(Key)] ?? 'application/octet-stream',
      CacheControl: Key.startsWith('assets/') ? forEver : never,
    }),
  );
const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && path.extname(entry.name) in types)
  .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
// The page comes last: whoever loads it finds all that it names.
for (const file of files.toSorted((a, b) => Number(a === 'index.html') - Number(b === 'index.html'))) {
  await put(file, readFileSync(path.join(folder, file)));
}
const auditKey = await kmsVerifier(
  new KMSClient(),
  output('AuditSigningKeyId'),
  output('AuditOrigin'),
  AbortSignal.timeout(10_000),
);
await put(
  'config.json',
  JSON.stringify({
    signIn: output('SignInUrl'),
    clientId: output('UserPoolClientId'),
    auditKey: formatVerifier(auditKey),
  }),
);
console.log(`${files.length} files are at ${output('ConsoleUrl')}`);
