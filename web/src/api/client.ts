import createClient, { type Middleware } from 'openapi-fetch';
import { faultOf, open } from './envelope';
import { deviceToken, type Grant, grantOf, type Identity, keepDeviceToken, keepGrant } from './identity';
import type { components, paths } from './schema';

type Schemas = components['schemas'];
type AuthResponse = Schemas['AuthResponse'];

const REFRESH_EARLY = 30_000; // ms before the end of an access token's life

const baseUrl = new URL('/api/v1', window.location.origin).href;
const options = { baseUrl, fetch: (request: Request) => globalThis.fetch(request) };
const plain = createClient<paths>(options);

function clientFor(identity: Identity) {
  const client = createClient<paths>(options);
  const signed: Middleware = {
    async onRequest({ request }) {
      const token = await accessToken(identity);
      if (token !== null) request.headers.set('Authorization', `Bearer ${token}`);
      return request;
    },
    async onResponse({ response, request }) {
      if (response.status !== 401 || !request.headers.has('Authorization')) return undefined;
      // The token was revoked or the server's keys changed: signing in again is the only way on.
      const grant = grantOf(identity);
      if (grant !== null && request.headers.get('Authorization') === `Bearer ${grant.access}`) {
        keepGrant(identity, null);
      }
      return undefined;
    },
  };
  client.use(signed);
  return client;
}

const clients = { account: clientFor('account'), viewer: clientFor('viewer') };
export type Client = (typeof clients)['account'];

/** Typed calls in the name of one identity; without a grant they are anonymous. */
export function api(identity: Identity = 'account'): Client {
  return clients[identity];
}

/** A token that is good for another half minute, renewed when it is not; null when nobody is known. */
export async function accessToken(identity: Identity): Promise<string | null> {
  const grant = grantOf(identity);
  if (fresh(grant)) return grant.access;
  if (grant === null && (identity === 'account' || deviceToken() === null)) return null;
  return alone(identity, async () => {
    const present = grantOf(identity); // another tab may have renewed it meanwhile
    if (fresh(present)) return present.access;
    return (await renew(identity, present))?.access ?? null;
  });
}

function fresh(grant: Grant | null): grant is Grant {
  return grant !== null && grant.expiresAt - Date.now() > REFRESH_EARLY;
}

/** By the refresh token; a viewer's device can sign in again when that is spent. Null: nobody is known any more. */
async function renew(identity: Identity, grant: Grant | null): Promise<Grant | null> {
  if (grant !== null) {
    const renewed = await granted(plain.POST('/auth/refresh', { body: { refresh_token: grant.refresh } }));
    if (renewed !== null) return keep(identity, renewed);
  }
  const device = deviceToken();
  if (identity === 'viewer' && device !== null) {
    const known = await granted(plain.POST('/auth/device', { body: { device_token: device } }));
    if (known !== null) return keep(identity, known);
    keepDeviceToken(null);
  }
  keepGrant(identity, null);
  return null;
}

function keep(identity: Identity, grant: Grant): Grant {
  keepGrant(identity, grant);
  return grant;
}

/** Null when the credential is good for nothing any more. Throws when that cannot be known now. */
async function granted(call: Promise<{ data?: { data: AuthResponse }; error?: unknown; response: Response }>): Promise<Grant | null> {
  const { data, error, response } = await call;
  if (data !== undefined) return grantFrom(data.data);
  if (response.status >= 500 || response.status === 429) throw faultOf(error, response);
  return null;
}

const renewals = new Map<Identity, Promise<string | null>>();

/**
 * A refresh token is good for one use, and presenting a spent one revokes its family: the calls of a tab
 * share one renewal, and tabs take turns. Pages without a secure context lack the lock between tabs; a
 * viewer's device token, which may repeat, helps there.
 */
function alone(identity: Identity, work: () => Promise<string | null>): Promise<string | null> {
  const running = renewals.get(identity);
  if (running !== undefined) return running;
  const inTurn = 'locks' in navigator ? navigator.locks.request(`livehall.${identity}`, work) : work();
  const renewal = (inTurn as Promise<string | null>).finally(() => renewals.delete(identity));
  renewals.set(identity, renewal);
  return renewal;
}

function grantFrom(answer: AuthResponse): Grant {
  return {
    access: answer.access_token,
    refresh: answer.refresh_token,
    expiresAt: Date.now() + answer.expires_in * 1000,
    user: answer.user,
  };
}

export async function signIn(email: string, password: string): Promise<Grant> {
  const grant = grantFrom(await open(plain.POST('/auth/login', { body: { email, password } })));
  keepGrant('account', grant);
  return grant;
}

/** A code is good once; the caller takes it out of the address before it calls. */
export async function exchangeCode(code: string): Promise<Grant> {
  const grant = grantFrom(await open(plain.POST('/auth/exchange', { body: { code } })));
  keepGrant('account', grant);
  return grant;
}

export async function signOut(): Promise<void> {
  const grant = grantOf('account');
  if (grant === null) return;
  try {
    await api('account').POST('/auth/logout', { body: { refresh_token: grant.refresh } });
  } finally {
    keepGrant('account', null);
  }
}

/** By a registrant's personal link this browser is that person, and nobody who gave a name here before. */
export async function enterByLink(token: string): Promise<Grant> {
  const grant = grantFrom(await open(plain.POST('/auth/access-link', { body: { access_token: token } })));
  keepDeviceToken(null);
  keepGrant('viewer', grant);
  return grant;
}

/** Makes a viewer account that only this browser knows. */
export async function registerViewer(username: string, roomId: string, email?: string): Promise<Grant> {
  const answer = await open(plain.POST('/auth/viewers', { body: { username, room_id: roomId, ...(email !== undefined && { email }) } }));
  keepDeviceToken(answer.device_token);
  const grant: Grant = {
    access: answer.access_token,
    refresh: answer.refresh_token,
    expiresAt: Date.now() + answer.expires_in * 1000,
    user: answer.user,
  };
  keepGrant('viewer', grant);
  return grant;
}
