import { Hash } from '@smithy/core/serde';
import { SignatureV4 } from '@smithy/signature-v4';
import type { AwsCredentialIdentity } from '@smithy/types';
import { credentials, region } from './aws.ts';

export interface RequestOptions {
  /** @default 'GET' */
  readonly method?: string;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  /** Media type of the body. @default 'application/json' */
  readonly type?: string;
  readonly signal?: AbortSignal;
  /** Who signs it. @default - the local user */
  readonly signedBy?: AwsCredentialIdentity;
}

/** A request to the platform's API, which lets in only callers who sign with a key. */
export async function request(address: string, options: RequestOptions = {}): Promise<Response> {
  const { method = 'GET', body, type = 'application/json', signal, signedBy = credentials } = options;
  const url = new URL(address);
  const sha256 = Hash.bind(null, 'sha256');
  const signer = new SignatureV4({ service: 'execute-api', region, credentials: signedBy, sha256 });
  const signed = await signer.sign({
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    port: Number(url.port),
    path: url.pathname,
    query: {},
    headers: { host: url.host, 'content-type': type },
    body,
  });
  const { host: _, ...headers } = signed.headers;
  return fetch(url, { method, headers, ...(body !== undefined && { body }), ...(signal && { signal }) });
}
