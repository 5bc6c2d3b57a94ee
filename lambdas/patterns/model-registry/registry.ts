import { createHash } from 'node:crypto';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import * as v from 'valibot';
import type { Deadline } from '../resilience/deadline.ts';

/** What the registry holds is not what was registered. */
export class Corrupt extends Error {
  constructor(name: string, problem: string) {
    super(`${name} in the model registry ${problem}: register the version again, or promote another`);
    this.name = 'Corrupt';
  }
}

const championSchema = v.object({ version: v.string(), manifestSha256: v.string() });

const encodingSchema = v.object({
  name: v.string(),
  type: v.picklist(['number', 'flag', 'category']),
  categories: v.nullish(v.record(v.string(), v.number())),
});

const manifestSchema = v.object({
  version: v.string(),
  schemaVersion: v.literal(1),
  encodings: v.array(encodingSchema),
  files: v.record(v.string(), v.string()),
  lineage: v.object({ dataSnapshot: v.string() }),
});

/** How a feature's value becomes a number. */
export type Encoding = v.InferOutput<typeof encodingSchema>;
/** What a version is made of, as the trainer registered it. */
export type Manifest = v.InferOutput<typeof manifestSchema>;

/** Read access to the registry; every file is the one that was registered, or the read is rejected. */
export interface ModelRegistry {
  /** The manifest of the version that is served. */
  champion(deadline: Deadline): Promise<Manifest>;
  /** The manifest of any version. Its files are as it says; that it is the one which was registered is not checked. */
  version(version: string, deadline: Deadline): Promise<Manifest>;
  /** The content of a file of a version, as text. */
  file(manifest: Manifest, name: string, deadline: Deadline): Promise<string>;
  /** What the version was trained on, by its snapshot or its hash. */
  dataSnapshot(version: string, deadline: Deadline): Promise<string>;
}

/** @param address `s3://bucket/prefix` */
export function modelRegistry(s3: S3Client, address: URL): ModelRegistry {
  const prefix = address.pathname.slice(1);

  async function read(name: string, { signal }: Deadline): Promise<string> {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: address.host, Key: `${prefix}/${name}` }), {
      abortSignal: signal,
    });
    return (await Body?.transformToString()) ?? '';
  }

  async function verified(name: string, digest: string, deadline: Deadline): Promise<string> {
    const content = await read(name, deadline);
    if (createHash('sha256').update(content).digest('hex') === digest) return content;
    throw new Corrupt(name, 'is not the file that was registered');
  }

  async function manifestOf(version: string, deadline: Deadline): Promise<Manifest> {
    const name = `${version}/manifest.json`;
    return parsed(manifestSchema, name, await read(name, deadline));
  }

  return {
    version: manifestOf,
    champion: async (deadline) => {
      const { version, manifestSha256 } = parsed(
        championSchema,
        'champion.json',
        await read('champion.json', deadline),
      );
      const name = `${version}/manifest.json`;
      return parsed(manifestSchema, name, await verified(name, manifestSha256, deadline));
    },
    file: async ({ version, files }, name, deadline) => {
      const digest = files[name];
      if (digest === undefined) throw new Corrupt(`${version}/${name}`, 'is not in the manifest');
      return verified(`${version}/${name}`, digest, deadline);
    },
    dataSnapshot: async (version, deadline) => (await manifestOf(version, deadline)).lineage.dataSnapshot,
  };
}

/** @throws Corrupt if a document is not of its form */
export function parsed<Schema extends v.GenericSchema>(
  schema: Schema,
  name: string,
  text: string,
): v.InferOutput<Schema> {
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), text);
  if (result.success) return result.output;
  throw new Corrupt(name, `is not of its form (${v.getDotPath(result.issues[0]) ?? 'the whole'})`);
}
