import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api } from '../api/client';
import { done, open } from '../api/envelope';
import type { Identity } from '../api/identity';
import { keys as sessionKeys } from '../api/queries';
import type { components } from '../api/schema';

type Schemas = components['schemas'];
export type Person = Schemas['PersonResponse'];
export type Role = Person['role'];
export type Status = Person['status'];
export type Group = Schemas['GroupResponse'];
export type Inviting = Schemas['InvitePersonRequest'];
export type Change = Schemas['UpdatePersonRequest'];
export type Speaker = Schemas['SpeakerResponse'];
export type Attendee = Schemas['AttendeeResponse'];
export type Metrics = Schemas['MetricsResponse'];

export const PAGE = 20;
const MOST_GROUPS = 100; // the contract's largest page

export interface Wanted {
  search: string;
  role: Role | '';
  status: Status | '';
  page: number;
}

export const keys = {
  people: (sessionId: string) => [...sessionKeys.session(sessionId), 'invited'] as const,
  groups: (sessionId: string) => [...sessionKeys.session(sessionId), 'groups'] as const,
  metrics: (sessionId: string) => [...sessionKeys.session(sessionId), 'metrics'] as const,
};

export const people = (id: string, wanted: Wanted) =>
  queryOptions({
    queryKey: [...keys.people(id), wanted],
    queryFn: () =>
      open(
        api().GET('/sessions/{id}/people', {
          params: {
            path: { id },
            query: {
              search: wanted.search,
              page: wanted.page,
              limit: PAGE,
              ...(wanted.role === '' ? {} : { role: [wanted.role] }),
              ...(wanted.status === '' ? {} : { status: [wanted.status] }),
            },
          },
        }),
      ),
  });

export const speakers = (id: string, identity: Identity) =>
  queryOptions({
    queryKey: [...sessionKeys.session(id), 'speakers', identity],
    queryFn: async () => (await open(api(identity).GET('/sessions/{id}/speakers', { params: { path: { id }, query: { limit: 100 } } }))).speakers,
  });

/** Everybody who watched, on air or the replay. */
export const attendees = (id: string, page: number) =>
  queryOptions({
    queryKey: [...sessionKeys.session(id), 'attendees', page],
    queryFn: () => open(api().GET('/sessions/{id}/attendees', { params: { path: { id }, query: { page, limit: PAGE } } })),
    placeholderData: keepPreviousData,
  });

/** Addresses out of what somebody typed or pasted: between spaces, commas, semicolons and angle brackets, each once. */
export function addressesIn(text: string): string[] {
  const found = text.split(/[\s,;<>]+/).filter((word) => word.includes('@'));
  return [...new Map(found.map((address) => [address.toLowerCase(), address])).values()];
}

export const inviteAll = (id: string, body: Schemas['InvitePeopleRequest']) =>
  open(api().POST('/sessions/{id}/people/bulk', { params: { path: { id } }, body }));

export const invite = (id: string, body: Inviting) => open(api().POST('/sessions/{id}/people', { params: { path: { id } }, body }));

export const change = (id: string, personId: string, body: Change) =>
  open(api().PATCH('/sessions/{id}/people/{participant_id}', { params: { path: { id, participant_id: personId } }, body }));

export const withdraw = (id: string, personId: string) =>
  done(api().DELETE('/sessions/{id}/people/{participant_id}', { params: { path: { id, participant_id: personId } } }));

export const linked = (id: string) =>
  queryOptions({
    queryKey: keys.groups(id),
    queryFn: async () => (await open(api().GET('/sessions/{id}/groups', { params: { path: { id }, query: { limit: MOST_GROUPS } } }))).groups,
  });

export const link = (id: string, groupId: string, notify: boolean) =>
  done(api().POST('/sessions/{id}/groups/bulk-add', { params: { path: { id } }, body: { group_ids: [groupId], notify } }));

export const unlink = (id: string, groupId: string) =>
  done(api().DELETE('/sessions/{id}/groups/{group_id}', { params: { path: { id, group_id: groupId } } }));

export const metrics = (id: string) =>
  queryOptions({
    queryKey: keys.metrics(id),
    queryFn: () => open(api().GET('/sessions/{id}/metrics', { params: { path: { id } } })),
  });
