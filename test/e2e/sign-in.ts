import { createHash, randomBytes } from 'node:crypto';
import type { Reviewing } from '../../local/start/reviewing.ts';

/** What a signed-in person of a test does at the review API. */
export interface Person {
  get<Body>(path: string): Promise<{ readonly status: number; readonly body: Body }>;
  send<Body>(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: object): Promise<{ status: number; body: Body }>;
}

/** Signs in as the console does: authorization code with PKCE, through the console's own origin. */
export async function signIn({ address, password, clientId }: Reviewing, username: string): Promise<Person> {
  const verifier = randomBytes(32).toString('base64url');
  const form = new URLSearchParams({
    client_id: clientId,
    redirect_uri: address,
    scope: 'openid',
    response_type: 'code',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    state: 'test',
    username,
    password,
  });
  const back = await fetch(new URL('/login', address), { method: 'POST', body: form, redirect: 'manual' });
  const code = new URL(back.headers.get('location') ?? address, address).searchParams.get('code');
  if (!code) throw new Error(`${username} could not sign in: ${back.status} ${await back.text()}`);
  const answer = await fetch(new URL('/oauth2/token', address), {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: clientId,
      redirect_uri: address,
      code,
      code_verifier: verifier,
    }),
  });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  return personWith(token, address);
}

function personWith(token: string, address: string): Person {
  const call = async <Body>(method: string, path: string, body?: object) => {
    const answer = await fetch(new URL(`/api${path}`, address), {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as Body };
  };
  return { get: (path) => call('GET', path), send: call };
}
