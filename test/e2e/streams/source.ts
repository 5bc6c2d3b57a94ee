import { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { credentials, region } from '../../../local/start/aws.ts';
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
