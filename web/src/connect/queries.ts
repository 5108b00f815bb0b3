import { queryOptions } from '@tanstack/react-query';
import { api } from '../api/client';
import { open } from '../api/envelope';

export const keys = { all: ['api-clients'] as const };

/** Those in force, the newest first. */
export const clients = () =>
  queryOptions({
    queryKey: keys.all,
    queryFn: async () => (await open(api().GET('/api-clients', { params: { query: { limit: 100 } } }))).clients,
  });
