import { queryOptions } from '@tanstack/react-query';
import { api } from '../api/client';
import { done, open } from '../api/envelope';
import { keys as roomKeys } from '../api/queries';
import type { components } from '../api/schema';

export type Library = components['schemas']['LibraryResponse'];

const query = { limit: 100 }; // the contract's largest page

export const keys = {
  all: ['libraries'] as const,
  groups: (id: string) => ['libraries', id, 'groups'] as const,
};

/** Those of the organization, the default one first. */
export const libraries = () =>
  queryOptions({
    queryKey: keys.all,
    queryFn: async () => (await open(api().GET('/libraries', { params: { query } }))).libraries,
  });

/** One's own rooms in one library; read again with all of one's rooms. */
export const myRoomsIn = (libraryId: string) =>
  queryOptions({
    queryKey: [...roomKeys.myRooms, libraryId],
    queryFn: async () => {
      const page = await open(api().GET('/libraries/{library_id}/rooms/mine', { params: { path: { library_id: libraryId }, query } }));
      return page.rooms;
    },
  });

/** The groups whose members may enter the private rooms of a library. */
export const linkedGroups = (id: string) =>
  queryOptions({
    queryKey: keys.groups(id),
    queryFn: async () => (await open(api().GET('/libraries/{library_id}/groups', { params: { path: { library_id: id }, query } }))).groups,
  });

export const openTo = (id: string, groupId: string) =>
  open(api().POST('/libraries/{library_id}/groups', { params: { path: { library_id: id } }, body: { group_id: groupId } }));

export const closeTo = (id: string, groupId: string) =>
  done(api().DELETE('/libraries/{library_id}/groups/{group_id}', { params: { path: { library_id: id, group_id: groupId } } }));
