import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { cancelOwn, ownCalendar } from './calls';

const seen: Request[] = [];

beforeEach(() => {
  seen.length = 0;
  vi.stubGlobal('fetch', (request: Request) => {
    seen.push(request);
    return Promise.resolve(request.method === 'GET' ? new Response('BEGIN:VCALENDAR') : new Response(null, { status: 204 }));
  });
});

afterEach(() => vi.unstubAllGlobals());

it('sends the end of a personal link in a header, and never in an address', async () => {
  expect(await ownCalendar('secret')).toBe('BEGIN:VCALENDAR');
  await cancelOwn('secret');
  expect(seen.map((each) => each.headers.get('X-Access-Token'))).toEqual(['secret', 'secret']);
  expect(seen.some((each) => each.url.includes('secret'))).toBe(false);
});
