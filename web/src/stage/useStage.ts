import { skipToken, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api } from '../api/client';
import { done, Fault, open } from '../api/envelope';
import type { Identity } from '../api/identity';
import { keys } from '../api/queries';
import { emptyStage, type Stage } from '../realtime/stage';

/** Why a call failed: what to say about it. */
export type Problem = 'full' | 'soon' | 'off' | 'unreachable' | 'refused';

const PROBLEMS: Partial<Record<string, Problem>> = { stage_full: 'full', rate_limited: 'soon', feature_disabled: 'off' };

export function problemOf(error: unknown): Problem {
  return error instanceof Fault ? (PROBLEMS[error.code] ?? 'refused') : 'unreachable';
}

/** What the hub has told of the stage. */
export function useStage(sessionId: string): Stage {
  return useQuery<Stage>({ queryKey: keys.stage(sessionId), queryFn: skipToken }).data ?? emptyStage;
}

/** The person's own hand and request; read again when the hub tells that something moved. */
export function useMine(sessionId: string, identity: Identity, stage: Stage) {
  const cache = useQueryClient();
  const path = { params: { path: { id: sessionId } } } as const;
  const queryKey = [...keys.stage(sessionId), 'mine', identity];
  const mine = useQuery({
    queryKey,
    queryFn: async () => ({
      hand: await open(api(identity).GET('/sessions/{id}/stage/hand', path)),
      request: await open(api(identity).GET('/sessions/{id}/stage/join-request', path)),
    }),
  });
  const { answered, pending, members } = stage;
  useEffect(() => {
    void cache.invalidateQueries({ queryKey: [...keys.stage(sessionId), 'mine'] });
  }, [cache, sessionId, answered, pending, members.length]);
  return mine;
}

/** Calls about the stage. Each answers whether it went well. */
export function useStageCalls(sessionId: string, identity: Identity) {
  const cache = useQueryClient();
  const [problem, setProblem] = useState<Problem | null>(null);
  const client = api(identity);
  const path = { id: sessionId };

  async function call(answer: Promise<unknown>): Promise<boolean> {
    setProblem(null);
    try {
      await answer;
      await cache.invalidateQueries({ queryKey: [...keys.stage(sessionId), 'mine'] });
      return true;
    } catch (error) {
      setProblem(problemOf(error));
      return false;
    }
  }

  return {
    problem,
    raise: (message: string) =>
      call(open(client.POST('/sessions/{id}/stage/hand', { params: { path }, body: message.trim() === '' ? {} : { message } }))),
    lower: () => call(done(client.DELETE('/sessions/{id}/stage/hand', { params: { path } }))),
    ask: () => call(open(client.POST('/sessions/{id}/stage/join-request', { params: { path } }))),
    leave: () => call(done(client.POST('/sessions/{id}/stage/leave', { params: { path } }))),
    approveHand: (id: string) =>
      call(open(client.POST('/sessions/{id}/stage/hands/{hand_id}/approve', { params: { path: { ...path, hand_id: id } } }))),
    rejectHand: (id: string) =>
      call(open(client.POST('/sessions/{id}/stage/hands/{hand_id}/reject', { params: { path: { ...path, hand_id: id } }, body: {} }))),
    approveRequest: (id: string) =>
      call(open(client.POST('/sessions/{id}/stage/join-requests/{request_id}/approve', { params: { path: { ...path, request_id: id } } }))),
    rejectRequest: (id: string) =>
      call(open(client.POST('/sessions/{id}/stage/join-requests/{request_id}/reject', { params: { path: { ...path, request_id: id } }, body: {} }))),
    add: (userId: string) =>
      call(open(client.POST('/sessions/{id}/stage/participants', { params: { path }, body: { user_id: userId } }))),
    permit: (userId: string, body: { can_publish_audio?: boolean; can_publish_video?: boolean; can_screen_share?: boolean }) =>
      call(open(client.PATCH('/sessions/{id}/stage/participants/{user_id}', { params: { path: { ...path, user_id: userId } }, body }))),
    /** Null: nobody in particular comes first. The stage's own channel says what came of it, in order. */
    pin: (userId: string | null) => call(open(client.PATCH('/sessions/{id}/layout', { params: { path }, body: { pinned: userId } }))),
    remove: (userId: string, block: boolean) =>
      call(done(client.POST('/sessions/{id}/stage/participants/{user_id}/remove', { params: { path: { ...path, user_id: userId } }, body: { block_requests: block } }))),
  };
}

export type StageCalls = ReturnType<typeof useStageCalls>;
