import { skipToken, useQuery } from '@tanstack/react-query';
import { keys } from '../api/queries';
import type { Polls } from '../realtime/polls';

const none: Polls = [];

/** What the hub has told of polls: the audience asks no more, however many they are. */
export function useKnownPolls(sessionId: string): Polls {
  return useQuery<Polls>({ queryKey: keys.polls(sessionId), queryFn: skipToken }).data ?? none;
}
