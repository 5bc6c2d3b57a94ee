import { type ClientRequest, type IncomingMessage, request as plainRequest, type RequestOptions } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { json } from 'node:stream/consumers';
import { Hash } from '@smithy/core/serde';
import { SignatureV4 } from '@smithy/signature-v4';
import { functionCredentials } from '../clients/credentials.ts';

/** An answer of the API; `status` is 0 if there was none. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Calls the API in the name of the function. */
export type Api = (method: 'GET' | 'POST', path: string, signal: AbortSignal, body?: object) => Promise<ApiAnswer>;

/** @param address of the API, without a slash at its end */
export function signedApi(address: string, region: string): Api {
  const { protocol, hostname, host } = new URL(address);
  const signer = new SignatureV4({
    service: 'execute-api',
    region,
    credentials: functionCredentials,
    sha256: Hash.bind(null, 'sha256'),
  });
  return async (method, path, signal, content) => {
    const url = new URL(`${address}${path}`);
    const body = content && JSON.stringify(content);
    const headers = { host, 'content-type': 'application/json' };
    const signed = await signer.sign({ method, protocol, hostname, path: url.pathname, query: {}, headers, body });
    return send(url, { method, headers: signed.headers, signal, ...loopbackOf(hostname) }, body);
  };
}

/** Names under `localhost` are this host (RFC 6761, section 6.3), whether or not the resolver knows. */
function loopbackOf(hostname: string): RequestOptions {
  if (!hostname.endsWith('.localhost')) return {};
  return {
    lookup: (_, { all }, done) => {
      if (all) done(null, [{ address: '127.0.0.1', family: 4 }]);
      else done(null, '127.0.0.1', 4);
    },
  };
}

async function send(url: URL, options: RequestOptions, body: string | undefined): Promise<ApiAnswer> {
  try {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const call: ClientRequest = (url.protocol === 'http:' ? plainRequest : tlsRequest)(url, options, resolve);
      call.once('error', reject);
      call.end(body);
    });
    return { status: answer.statusCode ?? 0, body: await json(answer).catch(() => undefined) };
  } catch {
    // Whatever went wrong on the way, there is no answer: the caller says what that means.
    return { status: 0, body: undefined };
  }
}
