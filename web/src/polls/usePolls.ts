import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/client';
import { Fault, open } from '../api/envelope';
import type { Identity } from '../api/identity';
import { keys } from '../api/queries';
import type { Poll } from '../realtime/events';
import { type Polls, withPoll } from '../realtime/polls';

/** Why a call failed: what to say about it. */
export type Problem = 'closed' | 'unreachable' | 'refused';

export function problemOf(error: unknown): Problem {
  if (!(error instanceof Fault)) return 'unreachable';
  return error.code === 'poll_closed' ? 'closed' : 'refused';
}

/** All polls, drafts included, kept true by the hub. */
export function useAllPolls(sessionId: string) {
  return useQuery<Polls>({
    queryKey: keys.polls(sessionId),
    queryFn: async () => (await open(api().GET('/sessions/{id}/polls', { params: { path: { id: sessionId } } }))).polls,
    refetchOnMount: 'always',
  });
}

/** Calls about polls: their answer takes the place of what was known. */
export function usePollCalls(sessionId: string, identity: Identity) {
  const cache = useQueryClient();
  const [problem, setProblem] = useState<Problem | null>(null);
  const client = api(identity);

  async function call(answer: Promise<Poll>): Promise<boolean> {
    setProblem(null);
    try {
      const poll = await answer;
      cache.setQueryData<Polls>(keys.polls(sessionId), (polls) => withPoll(polls ?? [], poll));
      return true;
    } catch (error) {
      setProblem(problemOf(error));
      return false;
    }
  }

  const at = (poll: Poll) => ({ params: { path: { id: sessionId, poll_id: poll.id } } });
  return {
    problem,
    vote: (poll: Poll, optionIds: string[]) =>
      call(open(client.POST('/sessions/{id}/polls/{poll_id}/vote', { ...at(poll), body: { option_ids: optionIds } }))),
    close: (poll: Poll) => call(open(client.POST('/sessions/{id}/polls/{poll_id}/close', at(poll)))),
    begin: (poll: Poll) => call(open(client.PATCH('/sessions/{id}/polls/{poll_id}', { ...at(poll), body: { status: 'open' } }))),
    create: (body: NewPoll) => call(open(client.POST('/sessions/{id}/polls', { params: { path: { id: sessionId } }, body }))),
  };
}

export type PollCalls = ReturnType<typeof usePollCalls>;

export interface NewPoll {
  question: string;
  options: string[];
  allow_multiple: boolean;
  anonymous: boolean;
  show_results: Poll['show_results'];
  duration: number | null;
  draft: boolean;
}

const SOONEST = 5000; // ms between two questions of one voter
const PER_VIEWER = 10; // ms: a hundred questions a second from an audience of any size

/** Results that only voters may see are not on the hub; a voter asks for them now and then. */
export function useVotersResults(sessionId: string, identity: Identity, poll: Poll, viewers: number): void {
  const cache = useQueryClient();
  const asks = poll.status === 'open' && poll.show_results === 'after_vote' && poll.my_votes.length > 0;
  useQuery({
    queryKey: [...keys.polls(sessionId), poll.id, identity],
    queryFn: async () => {
      const path = { id: sessionId, poll_id: poll.id };
      const fresh = await open(api(identity).GET('/sessions/{id}/polls/{poll_id}/results', { params: { path } }));
      cache.setQueryData<Polls>(keys.polls(sessionId), (polls) => withPoll(polls ?? [], fresh));
      return fresh.total_voters;
    },
    enabled: asks,
    refetchInterval: Math.max(SOONEST, viewers * PER_VIEWER),
    staleTime: SOONEST,
  });
}
