import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api } from '../api/client';
import { open } from '../api/envelope';
import { keys } from '../api/queries';
import type { components, operations } from '../api/schema';

export type Stats = components['schemas']['DashboardStatsResponse'];
type Query = NonNullable<operations['listSessions']['parameters']['query']>;

export const PAGE = 20;
export const SETTLED = 300; // ms without a key, before a search is asked
const AGAIN = 15_000; // ms, for what is on air now
const SHOWN_LIVE = 100; // the contract's largest page
const DAY = 86_400_000; // ms

/** Days back from now that the figures cover. */
export const periods = [7, 30, 90, 365] as const;
export type Period = (typeof periods)[number];

/** Which sessions the list shows: those to come, those that are over, or those called off. */
export const views = ['next', 'past', 'cancelled'] as const;
export type View = (typeof views)[number];

/** What is asked for a view of the list; what comes is read from the soonest, what was from the latest. */
export function wanted(view: View): Pick<Query, 'status' | 'sort'> {
  if (view === 'next') return { status: ['scheduled', 'backstage'], sort: 'scheduled_start_time' };
  return { status: [view === 'past' ? 'ended' : 'cancelled'], sort: '-scheduled_start_time' };
}

export const stats = (days: Period) =>
  queryOptions({
    queryKey: [...keys.sessions, 'stats', days],
    queryFn: () => open(api().GET('/sessions/stats', { params: { query: { from: new Date(Date.now() - days * DAY).toISOString() } } })),
    placeholderData: keepPreviousData,
    refetchInterval: AGAIN,
  });

export const live = () =>
  queryOptions({
    queryKey: [...keys.sessions, 'live'],
    queryFn: () => open(api().GET('/sessions/live', { params: { query: { limit: SHOWN_LIVE } } })),
    refetchInterval: AGAIN,
  });

export const list = (view: View, search: string, page: number) =>
  queryOptions({
    queryKey: [...keys.sessions, 'list', view, search, page],
    queryFn: () => open(api().GET('/sessions', { params: { query: { ...wanted(view), search, page, limit: PAGE } } })),
    placeholderData: keepPreviousData,
  });

/** The rooms that the caller may look for: public ones, and those of their organization's members. */
export const rooms = (search: string, page: number) =>
  queryOptions({
    queryKey: [...keys.sessions, 'rooms', search, page],
    queryFn: () => open(api().GET('/rooms', { params: { query: { search, sort: 'title', page, limit: PAGE } } })),
    placeholderData: keepPreviousData,
  });
