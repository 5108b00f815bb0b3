import { queryOptions } from '@tanstack/react-query';
import { api } from '../api/client';
import { open } from '../api/envelope';
import type { components } from '../api/schema';

export type Endpoint = components['schemas']['WebhookEndpointResponse'];
export type Delivery = components['schemas']['WebhookDeliveryResponse'];
export type Made = components['schemas']['WebhookSecretResponse'];
export type EventType = components['schemas']['WebhookEventTypeResponse'];
export type Format = EventType['format'];

export const keys = {
  all: ['webhook-endpoints'] as const,
  types: ['webhook-event-types'] as const,
  deliveries: (id: string) => ['webhook-deliveries', id] as const,
};

export const endpoints = () =>
  queryOptions({
    queryKey: keys.all,
    queryFn: async () => (await open(api().GET('/webhook-endpoints', { params: { query: { limit: 100 } } }))).endpoints,
  });

export const eventTypes = () =>
  queryOptions({
    queryKey: keys.types,
    queryFn: async () => (await open(api().GET('/webhook-event-types'))).event_types,
    staleTime: Number.POSITIVE_INFINITY,
  });

/** The last ones, the newest first; looked at again while something is on its way. */
export const deliveries = (id: string) =>
  queryOptions({
    queryKey: keys.deliveries(id),
    queryFn: async () =>
      (await open(api().GET('/webhook-endpoints/{id}/deliveries', { params: { path: { id }, query: { limit: 10 } } }))).deliveries,
    refetchInterval: ({ state }) => (state.data?.some((each) => each.state === 'pending') ? 1500 : 15_000),
  });
