// A session of the Live API, from its room to its attendance.
import createClient from 'openapi-fetch';
import { body, done, given, refused, tell } from './common.js';
import type { paths } from './live.contract.js';

const input = given<{ url: string; token: string }>();
const baseUrl = `${input.url}/api/v1`;
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
const host = createClient<paths>({ baseUrl, headers: bearer(input.token) });
const anyone = createClient<paths>({ baseUrl });

const room = body(await host.POST('/rooms', { body: { title: 'Physics' } }), 201).data;
const planned = body(
  await host.POST('/rooms/{id}/sessions', {
    params: { path: { id: room.id } },
    body: { title: 'Waves', mode: 'external', external_url: 'https://example.org/live' },
  }),
  201,
).data;
const at = { params: { path: { id: planned.session.id } } };
const live = body(await host.POST('/sessions/{id}/go-live', at)).data;

const gus = body(await anyone.POST('/auth/viewers', { body: { username: 'Gus' } }), 201).data;
const viewer = createClient<paths>({ baseUrl, headers: bearer(gus.access_token) });
const seat = body(await viewer.POST('/sessions/{id}/join', { ...at, body: {} })).data;
// Two operations that the contract does not have, but contracts/extensions.md: a player's sign of life, a question.
const beyond = (path: string, sent: unknown) =>
  fetch(`${baseUrl}${path}`, {
    method: 'POST',
    headers: { ...bearer(gus.access_token), 'Content-Type': 'application/json' },
    body: JSON.stringify(sent),
  });
const beat = await beyond(`/attendance/${seat.attendance_id}/beat`, {});
const asked = await beyond(`/sessions/${live.session.id}/questions`, { text: 'Why?' });
body(await viewer.POST('/sessions/{id}/chat', { ...at, body: { message: 'Hello!' } }), 201);
const notMine = refused(await viewer.POST('/sessions/{id}/end', at));
done(await viewer.POST('/sessions/{id}/leave', at));
const ended = body(await host.POST('/sessions/{id}/end', at)).data;

const chat = body(await host.GET('/sessions/{id}/chat', at)).data;
const attendance = body(await host.GET('/sessions/{id}/attendance', at)).data;
const stats = body(await host.GET('/sessions/{id}/attendance/stats', at)).data;
tell({
  room: room.id,
  session: live.session.id,
  admission: seat.admission,
  beyond: [beat.status, asked.status],
  refused: notMine.status,
  status: ended.status,
  chat: chat.messages.map((each) => each.message),
  people: attendance.attendance.map((each) => ({ name: each.username, seconds: each.duration })),
  viewers: stats.unique_viewers,
});
