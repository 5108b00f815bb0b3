import { queryOptions } from '@tanstack/react-query';
import { api } from '../api/client';
import { open } from '../api/envelope';
import type { components } from '../api/schema';

export type Policy = components['schemas']['PrivacyPolicyResponse'];
export type Kind = Policy['retention'][number]['kind'];
type Wanted = components['schemas']['PrivacyPolicyRequest'];

export const keys = { policy: ['terms'] as const };

interface Held {
  policy: Policy;
  /** What a change is based on. */
  etag: string | null;
}

export const policy = () =>
  queryOptions({
    queryKey: keys.policy,
    queryFn: async (): Promise<Held> => {
      const call = api().GET('/privacy/policy');
      return { policy: await open(call), etag: (await call).response.headers.get('ETag') };
    },
  });

/** Refused with 409 when somebody else has changed them meanwhile. */
export const save = (body: Wanted, etag: string | null) =>
  open(api().PUT('/privacy/policy', { body, headers: etag === null ? {} : { 'If-Match': etag } }));
