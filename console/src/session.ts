/** What the page is told of where it runs. */
interface Configuration {
  /** Address of the sign-in, without a slash at its end. */
  readonly signIn: string;
  readonly clientId: string;
  /** Public key of the audit trail, see proof.ts. */
  readonly auditKey: string;
}

/** A signed-in person. The tokens are in memory alone: nothing of them is in storage or in an address. */
export interface Session {
  /** Public key of the audit trail. It came with the page, not from the API that is checked with it. */
  readonly auditKey: string;
  /** An access token that has not expired. */
  token(): Promise<string>;
  signOut(): void;
}

interface Tokens {
  readonly access_token: string;
  readonly refresh_token?: string;
  /** Seconds. */
  readonly expires_in: number;
}

/** What has to survive the way to the sign-in and back: two random numbers, taken out on the return. */
interface Started {
  readonly state: string;
  readonly verifier: string;
}

const startedKey = 'sign-in';
const address = `${window.location.origin}/`;
/** A token is renewed this long before it expires. Milliseconds. */
const earlyMs = 60_000;

/**
 * Completes a sign-in that has just led back here, or begins one (authorization code with PKCE, RFC 7636).
 *
 * @returns undefined if the browser is on its way to the sign-in
 */
export async function openSession(): Promise<Session | undefined> {
  const configuration = (await (await fetch('/config.json')).json()) as Configuration;
  const back = new URLSearchParams(window.location.search);
  const started = takeStarted();
  window.history.replaceState(null, '', '/');
  const code = back.get('code');
  if (!code || !started || back.get('state') !== started.state) {
    await beginSignIn(configuration);
    return undefined;
  }
  const grant = { grant_type: 'authorization_code', code, code_verifier: started.verifier, redirect_uri: address };
  return sessionOf(configuration, await requestTokens(configuration, grant));
}

function sessionOf(configuration: Configuration, first: Tokens): Session {
  let tokens = first;
  let expiresAt = Date.now() + first.expires_in * 1000;
  const refreshToken = first.refresh_token;
  return {
    auditKey: configuration.auditKey,
    token: async () => {
      if (Date.now() < expiresAt - earlyMs || !refreshToken) return tokens.access_token;
      tokens = await requestTokens(configuration, { grant_type: 'refresh_token', refresh_token: refreshToken });
      expiresAt = Date.now() + tokens.expires_in * 1000;
      return tokens.access_token;
    },
    signOut: () => {
      const query = new URLSearchParams({ client_id: configuration.clientId, logout_uri: address });
      window.location.assign(`${configuration.signIn}/logout?${query}`);
    },
  };
}

async function beginSignIn({ signIn, clientId }: Configuration): Promise<void> {
  const started: Started = { state: random(), verifier: random() };
  sessionStorage.setItem(startedKey, JSON.stringify(started));
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(started.verifier));
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: address,
    scope: 'openid',
    state: started.state,
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: 'S256',
  });
  window.location.assign(`${signIn}/oauth2/authorize?${query}`);
}

function takeStarted(): Started | undefined {
  const stored = sessionStorage.getItem(startedKey);
  sessionStorage.removeItem(startedKey);
  return stored === null ? undefined : (JSON.parse(stored) as Started);
}

async function requestTokens({ signIn, clientId }: Configuration, grant: Record<string, string>): Promise<Tokens> {
  const answer = await fetch(`${signIn}/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({ client_id: clientId, ...grant }),
  });
  if (!answer.ok) throw new Error(`the sign-in answered ${answer.status}: sign in again`);
  return (await answer.json()) as Tokens;
}

function random(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
