import createClient, { type Middleware } from 'openapi-fetch';
import { faultOf, open } from './envelope';
import { deviceToken, type Grant, grantOf, type Identity, keepDeviceToken, keepGrant } from './identity';
import type { components, paths } from './schema';

type Schemas = components['schemas'];
type AuthResponse = Schemas['AuthResponse'];

/** The player's sign of life, an operation beside the primary contract. */
interface BeatPath {
  '/attendance/{id}/beat': {
    post: {
      parameters: { path: { id: string } };
      responses: { 204: { headers: Record<string, unknown>; content?: never } };
    };
  };
}

const REFRESH_EARLY = 30_000; // ms before the end of an access token's life

const baseUrl = new URL('/api/v1', window.location.origin).href;
const plain = createClient<paths>({ baseUrl });

function clientFor(identity: Identity) {
  const client = createClient<paths & BeatPath>({ baseUrl });
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

async function renew(identity: Identity, grant: Grant | null): Promise<Grant | null> {
  const device = deviceToken();
  const call =
    identity === 'viewer' && device !== null
      ? plain.POST('/auth/device', { body: { device_token: device } })
      : plain.POST('/auth/refresh', { body: { refresh_token: grant?.refresh ?? '' } });
  const { data, error, response } = await call;
  if (data) {
    const next = grantFrom(data.data);
    keepGrant(identity, next);
    return next;
  }
  if (response.status === 401 || response.status === 403) {
    keepGrant(identity, null);
    if (identity === 'viewer') keepDeviceToken(null);
    return null;
  }
  throw faultOf(error, response);
}

/**
 * A refresh token is good for one use, and presenting a spent one revokes its family: tabs take turns.
 * Pages without a secure context lack the lock; their viewers renew by the device token, which may repeat.
 */
async function alone<T>(identity: Identity, work: () => Promise<T>): Promise<T> {
  if (!('locks' in navigator)) return work();
  return navigator.locks.request(`livehall.${identity}`, work) as Promise<T>;
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

/** Makes a viewer account that only this browser knows. */
export async function registerViewer(username: string, roomId: string): Promise<Grant> {
  const answer = await open(plain.POST('/auth/viewers', { body: { username, room_id: roomId } }));
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
