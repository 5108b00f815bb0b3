// A customer's server of the Sourceloop API: a meeting, its tokens, its attendees by the vendor's callbacks.
import createClient from 'openapi-fetch';
import { body, done, given, noting, refused, tell } from './common.js';
import type { paths } from './sourceloop.contract.js';

const input = given<{ url: string; token: string }>();
const baseUrl = `${input.url}/sourceloop`;
const software = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${input.token}` } });
const vendor = createClient<paths>({ baseUrl });

software.use(noting);
vendor.use(noting);
const start = new Date(Date.now() + 5 * 60_000).toISOString();
const link = body(
  await software.POST('/session', { body: { isScheduled: true, scheduleTime: start }, parseAs: 'text' }),
) as string;
const other = body(await software.POST('/session', { headers: { Accept: 'application/json' } }));
const at = { params: { path: { meetingLinkId: link } } };
const later = new Date(Date.now() + 8 * 60_000).toISOString();
done(
  await software.PATCH('/session/{meetingLinkId}', { ...at, body: { isScheduled: true, scheduleTime: later } }),
);
const issued = body(
  await software.POST('/session/{meetingLinkId}/token', { ...at, body: { role: 'publisher', data: 'bo' } }),
);
const event = (name: string, data: string) => ({
  sessionId: issued.sessionId,
  event: name,
  connection: { id: `c-${data}`, createdAt: Date.now(), data },
});
for (const [name, data] of [
  ['connectionCreated', 'bo'],
  ['connectionCreated', 'cy'],
  ['connectionDestroyed', 'cy'],
] as const) {
  done(await vendor.POST('/webhooks/session', { body: event(name, data) }));
}
const everybody = body(await software.GET('/session/{meetingLinkId}/attendees', at));
const present = body(
  await software.GET('/session/{meetingLinkId}/attendees', {
    params: { path: at.params.path, query: { active: 'true' } },
  }),
);
done(await software.PATCH('/session/{meetingLinkId}/end', at));
const again = refused(await software.PATCH('/session/{meetingLinkId}/end', at));
const archives = body(await software.GET('/archives'));
const unknown = refused(
  await software.GET('/archives/{archiveId}', { params: { path: { archiveId: 'none' } } }),
);
const undeleted = refused(
  await software.DELETE('/archives/{archiveId}', { params: { path: { archiveId: 'none' } } }),
);
const invalid = refused(
  await software.PUT('/archives/storage-target', { body: { name: 'AWSS3', bucket: 'films' } }),
);
const unsigned = refused(await vendor.GET('/archives'));
tell({
  link,
  other,
  hasToken: issued.token.split('.').length === 3,
  everybody: everybody.map((row) => [row.attendee, row.isDeleted]),
  present: present.map((row) => row.attendee),
  again,
  archives,
  statuses: [unknown.status, undeleted.status, invalid.status, unsigned.status],
});
