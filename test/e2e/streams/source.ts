import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { credentials, region } from '../../../local/start/aws.ts';
import { command } from '../../../scripts/command.ts';
import { root } from '../../../scripts/root.ts';
import type { StreamsCloud } from './cloud.ts';

/** A record to put. */
export interface Put {
  readonly key: string;
  readonly data: string | Buffer;
}

/** A stream that the tests put records on, whichever it is. */
export interface Source {
  /** Prefix of its outputs in the stack. */
  readonly name: string;
  put(cloud: StreamsCloud, ...records: readonly Put[]): Promise<void>;
}

export const kinesis: Source = {
  name: 'Kinesis',
  put: async ({ endpoint, outputs }, ...records) => {
    const client = new KinesisClient({ endpoint, region, credentials });
    const Records = records.map(({ key, data }) => ({ PartitionKey: key, Data: Buffer.from(data) }));
    await client.send(new PutRecordsCommand({ StreamName: outputs['KinesisStream'], Records }));
  },
};

/** The client of the embedded cloud's own environment: it can do TLS and SCRAM, and is there anyway. */
export const kafka: Source = {
  name: 'Kafka',
  put: async ({ broker }, ...records) => {
    const settings = {
      'bootstrap.servers': broker.address,
      'security.protocol': 'SASL_SSL',
      'sasl.mechanism': 'SCRAM-SHA-512',
      'sasl.username': broker.username,
      'sasl.password': broker.password,
      'ssl.ca.pem': broker.certificate,
    };
    const folder = await mkdtemp(path.join(tmpdir(), 'seaworthy-put-'));
    const file = path.join(folder, 'records.jsonl');
    const lines = records.map(({ key, data }) => JSON.stringify({ key, data: Buffer.from(data).toString('base64') }));
    await writeFile(file, lines.join('\n'));
    const args = ['test/e2e/streams/kafka/put.py', 'applications', '4', JSON.stringify(settings), file];
    const { code, stderr } = await command('local/cloud/.venv/bin/python', args, { cwd: root });
    await rm(folder, { recursive: true });
    if (code !== 0) throw new Error(`the records were not put: ${stderr.join('\n')}`);
  },
};
