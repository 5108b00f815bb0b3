import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api } from '../api/client';
import { faultOf, open, Unreachable } from '../api/envelope';
import type { components } from '../api/schema';

type Schemas = components['schemas'];
export type Export = Schemas['ExportResponse'];
export type Asked = Schemas['CreateExportRequest'];
export type Kind = Export['kind'];
export type Format = Export['format'];

const PAGE = 20;
const ASK_AGAIN = 2000; // ms, while one is being made

export const kinds: Kind[] = ['attendance', 'registrations', 'chat', 'questions', 'polls', 'report', 'audit'];
export const formats: Format[] = ['csv', 'xlsx', 'json'];

export const keys = { all: ['exports'] as const };

export const exports = (page: number) =>
  queryOptions({
    queryKey: [...keys.all, page],
    queryFn: () => open(api().GET('/exports', { params: { query: { page, limit: PAGE } } })),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.exports.some(({ state: how }) => how === 'pending') === true ? ASK_AGAIN : false),
  });

export const make = (body: Asked) => open(api().POST('/exports', { body }));

/** Where it lies is asked again at each fetch: whether one may read it, too. Throws as `open`. */
export async function fetchFile(id: string): Promise<Blob> {
  const { data, error, response } = await api()
    .GET('/exports/{id}/file', { params: { path: { id } }, parseAs: 'blob' })
    .catch((cause: unknown) => {
      throw new Unreachable(cause);
    });
  if (data === undefined) throw faultOf(error, response);
  return data as unknown as Blob;
}
