// A Spot's own software: a live from its making to its removal, with groups, speakers and participants.
import createClient from 'openapi-fetch';
import { body, done, given, noting, refused, tell } from './common.js';
import type { paths } from './meltingspot.contract.js';

const input = given<{ url: string; key: string; member: string; other: string; group: string; more: string; channel: string }>();
const spot = createClient<paths>({
  baseUrl: `${input.url}/meltingspot`,
  headers: { Authorization: input.key },
  querySerializer: { array: { style: 'form', explode: false } },
});
spot.use(noting);
const START = 2_000_000_000;

const live = body(
  await spot.POST('/v1/lives', {
    body: {
      title: 'Waves',
      description: 'All about **waves**',
      spotMemberHostId: input.member,
      startDate: START,
      endDate: START + 3600,
      solution: 'BuiltIn',
      builtInType: 'Conference',
      record: true,
    },
  }),
  201,
);
const at = { params: { path: { liveId: live.id } } };
const changed = body(
  await spot.PUT('/v1/lives/{liveId}', {
    ...at,
    body: { title: 'Waves and particles', startDate: START, endDate: START + 7200, solution: 'BuiltIn' },
  }),
);
const found = body(
  await spot.GET('/v1/lives', {
    params: {
      query: {
        'title[contains]': 'particles',
        'status[eq]': 'Planned',
        'solution[in]': ['BuiltIn', 'Vimeo'],
        'startDate[gte]': START,
        limit: 5,
      },
    },
  }),
);

done(await spot.POST('/v1/lives/{liveId}/groups', { ...at, body: { groupId: input.group } }), 204);
done(await spot.POST('/v1/lives/{liveId}/groups~bulkAdd', { ...at, body: { groupIds: [input.group, input.more] } }), 204);
done(await spot.POST('/v1/lives/{liveId}/groups~bulkRemove', { ...at, body: { groupIds: [input.more] } }), 204);
const groups = body(await spot.GET('/v1/lives/{liveId}/groups', at));
done(
  await spot.POST('/v1/channels/{channelId}/groups', {
    params: { path: { channelId: input.channel } },
    body: { groupId: input.more },
  }),
  204,
);
const speaker = body(
  await spot.POST('/v1/lives/{liveId}/speakers', {
    ...at,
    body: { member: { email: 'zoe@example.org', firstName: 'Zoe', lastName: 'May' }, highlighted: true },
  }),
  201,
);
done(await spot.POST('/v1/lives/{liveId}/speakers~bulkInvite', { ...at, body: { spotMemberIds: [input.other] } }), 200);
const eve = body(
  await spot.POST('/v1/lives/{liveId}/participants', { ...at, body: { member: 'eve@example.org' } }),
  201,
);
done(
  await spot.POST('/v1/lives/{liveId}/participants~bulkInvite', {
    ...at,
    body: { members: { emails: ['cy@example.org', 'dan@example.org'] } },
  }),
  200,
);
const speakers = body(await spot.GET('/v1/lives/{liveId}/speakers', at));
const people = body(
  await spot.GET('/v1/lives/{liveId}/participants', {
    params: { path: at.params.path, query: { 'type[eq]': 'Participant' } },
  }),
);
const shown = body(await spot.GET('/v1/lives/{liveId}', at));
done(
  await spot.DELETE('/v1/lives/{liveId}/groups/{groupId}', {
    params: { path: { liveId: live.id, groupId: input.group } },
  }),
);
done(await spot.DELETE('/v1/lives/{liveId}', at));
tell({
  title: changed.title,
  status: shown.computedStatus,
  description: shown.description,
  found: [found.total, found.items[0]?.id === live.id],
  groups: groups.items.map((each) => each.id),
  speaker: [speaker?.type, speaker?.isHighlighted],
  speakers: speakers.items.map((each) => each.spotMemberEmail),
  eve: eve?.status,
  people: people.items.map((each) => each.spotMemberEmail),
  invited: shown.metrics.invited,
  gone: refused(await spot.GET('/v1/lives/{liveId}', at)),
});
