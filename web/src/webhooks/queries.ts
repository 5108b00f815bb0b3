import { queryOptions } from '@tanstack/react-query';
import { api } from '../api/client';
import { open } from '../api/envelope';
import type { components } from '../api/schema';

export type Endpoint = components['schemas']['WebhookEndpointResponse'];
export type Delivery = components['schemas']['WebhookDeliveryResponse'];
export type Detail = components['schemas']['WebhookDeliveryDetailResponse'];
export type Made = components['schemas']['WebhookSecretResponse'];
export type EventType = components['schemas']['WebhookEventTypeResponse'];
export type Format = EventType['format'];

/** What a person says of an endpoint. No `event_types`: all. */
export interface Said {
  url: string;
  description: string | null;
  format: Format;
  event_types: string[];
}

export const keys = {
  all: ['webhook-endpoints'] as const,
  types: ['webhook-event-types'] as const,
  deliveries: (id: string) => ['webhook-deliveries', id] as const,
};

/** Looked at again, since one that fails is switched off. */
export const endpoints = () =>
  queryOptions({
    queryKey: keys.all,
    queryFn: async () => (await open(api().GET('/webhook-endpoints', { params: { query: { limit: 100 } } }))).endpoints,
    refetchInterval: 5000,
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

export const delivery = (endpointId: string, id: string) =>
  queryOptions({
    queryKey: [...keys.deliveries(endpointId), id],
    queryFn: () => open(api().GET('/webhook-deliveries/{id}', { params: { path: { id } } })),
    refetchInterval: ({ state }) => (state.data?.state === 'pending' ? 1500 : 15_000),
  });

/** By the word before the first dot, in the order in which the words first come. */
export function byFirstWord(types: EventType[]): [string, EventType[]][] {
  const found = new Map<string, EventType[]>();
  for (const each of types) {
    const [first = ''] = each.type.split('.');
    found.set(first, [...(found.get(first) ?? []), each]);
  }
  return [...found];
}

/** What was said that is not so already. The format stays. */
export function changes(endpoint: Endpoint, said: Said): components['schemas']['UpdateWebhookEndpointRequest'] {
  const isSame = said.event_types.length === endpoint.event_types.length && said.event_types.every((each) => endpoint.event_types.includes(each));
  return {
    ...(said.url !== endpoint.url && { url: said.url }),
    ...(said.description !== endpoint.description && { description: said.description }),
    ...(!isSame && { event_types: said.event_types }),
  };
}

const KEPT_MS = 30 * 24 * 3600 * 1000;

/** How far back it can be told again at the most; a minute less, since forms know whole minutes. `now`: ms. */
export const earliest = (now: number) => new Date(now - KEPT_MS + 60_000).toISOString();

/** Since when it may have missed something: the last call that went well, else its beginning. */
export function lastKnownGood(endpoint: Endpoint, now: number): string {
  const at = endpoint.last_success_at ?? endpoint.created_at;
  return at > earliest(now) ? at : earliest(now);
}

/** JSON with a line for each member; what is none stays as it is. */
export function readable(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
