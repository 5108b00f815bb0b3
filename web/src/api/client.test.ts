import { beforeEach, describe, expect, it, vi } from 'vitest';
import { accessToken, api, registerViewer, signIn } from './client';
import { Fault, open, Unreachable } from './envelope';
import { deviceToken, type Grant, grantOf, keepDeviceToken, keepGrant, type User } from './identity';

const ada: User = {
  id: 'ada',
  external_user_id: null,
  organization_id: 'o',
  email: null,
  username: 'ada',
  display_name: null,
  avatar_url: null,
  language: null,
  role: 'host',
  is_active: true,
  created_at: '2026-03-01T18:00:00Z',
};
const stale: Grant = { access: 'old', refresh: 'r1', expiresAt: 0, user: ada };

function answer(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json', ...headers } });
}

function success(data: unknown): Response {
  return answer(200, { success: true, data, timestamp: Math.floor(Date.now() / 1000) });
}

function failure(status: number, code: string, headers?: Record<string, string>): Response {
  return answer(status, { success: false, error: { code, message: code, request_id: 'req-1' }, timestamp: 1 }, headers);
}

function tokens(access: string) {
  return { access_token: access, refresh_token: 'r2', token_type: 'Bearer', expires_in: 900, refresh_expires_in: 1, user: ada };
}

/** The server's answers by path; what was asked is recorded. */
function server(answers: Record<string, () => Response | Promise<Response>>) {
  const asked: Request[] = [];
  vi.spyOn(globalThis, 'fetch').mockImplementation((input) => {
    const request = input as Request;
    asked.push(request);
    const found = answers[new URL(request.url).pathname.replace('/api/v1', '')];
    return found === undefined ? Promise.reject(new TypeError('network')) : Promise.resolve(found());
  });
  return asked;
}

describe('the client', () => {
  beforeEach(() => keepGrant('account', null));

  it('sends the token of whoever signed in', async () => {
    const asked = server({ '/auth/login': () => success(tokens('a1')), '/rooms/mine': () => success({ rooms: [] }) });
    await signIn('ada@hall.test', 'secret');
    await open(api().GET('/rooms/mine'));
    expect(asked.at(-1)?.headers.get('Authorization')).toBe('Bearer a1');
  });

  it('renews a token that is about to end, once for many calls', async () => {
    keepGrant('account', stale);
    const asked = server({ '/auth/refresh': () => success(tokens('a2')) });
    const renewed = await Promise.all([accessToken('account'), accessToken('account')]);
    expect(renewed).toEqual(['a2', 'a2']);
    expect(asked).toHaveLength(1);
    expect(grantOf('account')?.refresh).toBe('r2');
  });

  it('forgets an account whose refresh token is refused', async () => {
    keepGrant('account', stale);
    server({ '/auth/refresh': () => failure(401, 'token_reused') });
    expect(await accessToken('account')).toBeNull();
    expect(grantOf('account')).toBeNull();
  });

  it('keeps an account while the server is away', async () => {
    keepGrant('account', stale);
    server({ '/auth/refresh': () => failure(503, 'unavailable') });
    await expect(accessToken('account')).rejects.toBeInstanceOf(Fault);
    expect(grantOf('account')).toEqual(stale);
  });

  it('lets a known device sign in again when its refresh token is spent', async () => {
    keepGrant('viewer', stale);
    keepDeviceToken('device');
    server({ '/auth/refresh': () => failure(401, 'token_reused'), '/auth/device': () => success(tokens('v2')) });
    expect(await accessToken('viewer')).toBe('v2');
  });

  it('keeps the device token of a viewer who gave a name', async () => {
    server({ '/auth/viewers': () => success({ ...tokens('v1'), device_token: 'device' }) });
    await registerViewer('Grace', 'room');
    expect([deviceToken(), grantOf('viewer')?.access, grantOf('account')]).toEqual(['device', 'v1', null]);
  });

  it('tells a refusal by its code, with the wait that the server asks for', async () => {
    server({ '/rooms/mine': () => failure(429, 'rate_limited', { 'Retry-After': '7' }) });
    const refusal = await open(api().GET('/rooms/mine')).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ status: 429, code: 'rate_limited', retryAfter: 7, requestId: 'req-1' });
  });

  it('tells silence from a refusal', async () => {
    server({});
    await expect(open(api().GET('/rooms/mine'))).rejects.toBeInstanceOf(Unreachable);
  });
});
