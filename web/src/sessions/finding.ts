import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useIntl } from 'react-intl';
import { api } from '../api/client';
import { open } from '../api/envelope';
import type { Found } from '../components/Finder';
import { shortWhen } from '../i18n/text';

const PAGE = 20;
const HAPPENS = ['scheduled', 'backstage', 'live', 'ended'] as const;

/** Sessions whose title has these words, the latest first; none that was cancelled. */
export function useSessions(search: string): Found[] | undefined {
  const intl = useIntl();
  const found = useQuery({
    queryKey: ['finding', 'sessions', search],
    queryFn: () => open(api().GET('/sessions', { params: { query: { status: [...HAPPENS], search, limit: PAGE } } })),
    placeholderData: keepPreviousData,
  });
  return found.data?.sessions.map(({ id, title, scheduled_start_time: planned, created_at: made }) => ({ value: id, label: `${title} · ${shortWhen(intl, planned ?? made)}` }));
}

/** Rooms whose title or description has these words. */
export function useRooms(search: string): Found[] | undefined {
  const found = useQuery({
    queryKey: ['finding', 'rooms', search],
    queryFn: () => open(api().GET('/rooms', { params: { query: { search, sort: 'title', limit: PAGE } } })),
    placeholderData: keepPreviousData,
  });
  return found.data?.rooms.map(({ id, title }) => ({ value: id, label: title }));
}
