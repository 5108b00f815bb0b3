import { queryOptions } from '@tanstack/react-query';
import { api } from '../api/client';
import { Fault, open } from '../api/envelope';
import type { Recording } from '../api/queries';

const PAGE = 20;

export const keys = {
  mine: ['recordings', 'mine'] as const,
  storage: ['storage'] as const,
  ownStore: ['storage', 'own'] as const,
};

interface Wanted {
  page: number;
  status: Recording['status'] | undefined;
  search: string;
}

export const myRecordings = (wanted: Wanted) =>
  queryOptions({
    queryKey: [...keys.mine, wanted],
    queryFn: () =>
      open(
        api().GET('/recordings', {
          params: {
            query: {
              page: wanted.page,
              limit: PAGE,
              ...(wanted.status !== undefined && { status: [wanted.status] }),
              ...(wanted.search !== '' && { search: wanted.search }),
            },
          },
        }),
      ),
  });

export const storage = () =>
  queryOptions({ queryKey: keys.storage, queryFn: () => open(api().GET('/admin/storage')) });

/** Null while recordings are kept with us; asked only where the storage's status says that there is one. */
export const ownStore = (organizationId: string, isSet: boolean) =>
  queryOptions({
    queryKey: [...keys.ownStore, organizationId, isSet],
    queryFn: async () => {
      if (!isSet) return null;
      try {
        return await open(api().GET('/organizations/{id}/storage-target', { params: { path: { id: organizationId } } }));
      } catch (problem) {
        if (problem instanceof Fault && problem.status === 404) return null; // removed meanwhile
        throw problem;
      }
    },
  });

/** Whether its state changes by itself. */
export function isUnderWay(recording: Recording): boolean {
  return recording.status === 'starting' || recording.status === 'recording' || recording.status === 'processing';
}
