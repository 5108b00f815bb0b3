import { queryOptions } from '@tanstack/react-query';
import { api } from '../api/client';
import { done, open } from '../api/envelope';
import type { components } from '../api/schema';

export type Group = components['schemas']['GroupResponse'];

const query = { limit: 100 }; // the contract's largest page

export const keys = {
  all: ['groups'] as const,
  people: ['organization', 'members'] as const,
  members: (id: string) => ['groups', id, 'members'] as const,
};

export const groups = () =>
  queryOptions({
    queryKey: keys.all,
    queryFn: async () => (await open(api().GET('/groups', { params: { query } }))).groups,
  });

export const members = (id: string) =>
  queryOptions({
    queryKey: keys.members(id),
    queryFn: async () => (await open(api().GET('/groups/{id}/members', { params: { path: { id }, query } }))).members,
  });

/** Members of the organization, whom a group may have; those found by some words, the first of them. */
export const people = (organizationId: string, search: string) =>
  queryOptions({
    queryKey: [...keys.people, organizationId, search],
    queryFn: async () => (await open(api().GET('/organizations/{id}/members', { params: { path: { id: organizationId }, query: { search, limit: 20 } } }))).members,
  });

export interface Words {
  name: string;
  description: string | null;
  emoji: string | null;
}

export const save = (group: Group | null, body: Words) =>
  group === null ? open(api().POST('/groups', { body })) : open(api().PATCH('/groups/{id}', { params: { path: { id: group.id } }, body }));

export const remove = (id: string) => done(api().DELETE('/groups/{id}', { params: { path: { id } } }));

export const addByAddress = (id: string, email: string) => open(api().POST('/groups/{id}/members', { params: { path: { id } }, body: { email } }));

export const removeMember = (id: string, accountId: string) =>
  done(api().DELETE('/groups/{id}/members/{account_id}', { params: { path: { id, account_id: accountId } } }));
