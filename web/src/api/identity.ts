import type { components } from './schema';

export type User = components['schemas']['UserResponse'];

/**
 * Whose token a call carries. A browser may know two people: the account that signed in (studio,
 * rooms, reports) and the viewer that registered by name on the audience page. They are kept apart,
 * since a host who looks at the own audience page must not take the host's place in the media room.
 */
export type Identity = 'account' | 'viewer';

export interface Grant {
  access: string;
  refresh: string;
  /** Local milliseconds. */
  expiresAt: number;
  user: User;
}

type Listener = () => void;

const keys: Record<Identity, string> = { account: 'livehall.account', viewer: 'livehall.viewer' };
const deviceKey = 'livehall.device';
const listeners = new Set<Listener>();
const cache = new Map<Identity, { raw: string | null; grant: Grant | null }>();

/** The present grant; the same object until it changes. */
export function grantOf(identity: Identity): Grant | null {
  const raw = localStorage.getItem(keys[identity]);
  const known = cache.get(identity);
  if (known?.raw === raw && known !== undefined) return known.grant;
  const grant = raw === null ? null : (JSON.parse(raw) as Grant);
  cache.set(identity, { raw, grant });
  return grant;
}

export function keepGrant(identity: Identity, grant: Grant | null): void {
  if (grant === null) localStorage.removeItem(keys[identity]);
  else localStorage.setItem(keys[identity], JSON.stringify(grant));
  for (const listener of listeners) listener();
}

export function deviceToken(): string | null {
  return localStorage.getItem(deviceKey);
}

export function keepDeviceToken(token: string | null): void {
  if (token === null) localStorage.removeItem(deviceKey);
  else localStorage.setItem(deviceKey, token);
}

export function onIdentityChange(listener: Listener): () => void {
  listeners.add(listener);
  window.addEventListener('storage', listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('storage', listener);
  };
}
