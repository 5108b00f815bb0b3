import { queryOptions, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/client';
import { done, open } from '../api/envelope';
import { keys } from '../api/queries';
import type { components } from '../api/schema';

type Schemas = components['schemas'];
export type WaitingPerson = Schemas['WaitingPersonResponse'];
export type Viewer = Schemas['ActiveViewerResponse'];
export type Ban = Schemas['BannedParticipantResponse'];
export type BanRequest = Schemas['BanParticipantRequest'];

const PAGE = 100; // the contract's largest page
const SAFETY_NET = 15_000; // ms; events of the team's channel are faster
const CROWD = 5_000; // ms between looks at who is there: a crowd's comings and goings are not followed one by one

/** What hangs below `keys.people` is read again whenever the team is told of somebody. */
export const waiting = (id: string) =>
  queryOptions({
    queryKey: [...keys.people(id), 'waiting'],
    queryFn: () => open(api().GET('/sessions/{id}/waiting', { params: { path: { id }, query: { limit: PAGE } } })),
    refetchInterval: SAFETY_NET,
  });

export const viewers = (id: string) =>
  queryOptions({
    queryKey: [...keys.people(id), 'viewers'],
    queryFn: () => open(api().GET('/sessions/{id}/viewers', { params: { path: { id }, query: { limit: PAGE } } })),
    refetchInterval: CROWD,
  });

export const bans = (id: string) =>
  queryOptions({
    queryKey: [...keys.people(id), 'bans'],
    queryFn: () => open(api().GET('/sessions/{id}/bans', { params: { path: { id } } })),
    refetchInterval: SAFETY_NET,
  });

/** What the team does about people; `problem` is the last call that failed. */
export function usePeopleCalls(id: string) {
  const cache = useQueryClient();
  const [problem, setProblem] = useState<unknown>(null);
  const path = { params: { path: { id } } } as const;

  /** Whether it went well. */
  async function attempt(call: () => Promise<unknown>): Promise<boolean> {
    setProblem(null);
    try {
      await call();
      return true;
    } catch (error) {
      setProblem(error);
      return false;
    } finally {
      await cache.invalidateQueries({ queryKey: keys.people(id) });
    }
  }

  const about = (attendanceId: string) => ({ params: { path: { id, attendance_id: attendanceId } } });
  return {
    problem,
    admit: (person: WaitingPerson) =>
      attempt(() => open(api().POST('/sessions/{id}/waiting/{attendance_id}/admit', about(person.attendance_id)))),
    deny: (person: WaitingPerson) =>
      attempt(() => open(api().POST('/sessions/{id}/waiting/{attendance_id}/deny', about(person.attendance_id)))),
    admitAll: () => attempt(() => open(api().POST('/sessions/{id}/waiting/admit-all', path))),
    ban: (body: BanRequest) => attempt(() => open(api().POST('/sessions/{id}/bans', { ...path, body }))),
    lift: (ban: Ban) =>
      attempt(() => done(api().DELETE('/sessions/{id}/bans/{user_id}', { params: { path: { id, user_id: ban.user_id } } }))),
    deleteMessage: (messageId: string) =>
      attempt(() => done(api().DELETE('/sessions/{id}/chat/{message_id}', { params: { path: { id, message_id: messageId } } }))),
    pinMessage: (messageId: string, pinned: boolean) =>
      attempt(() => done(api().PUT('/sessions/{id}/chat/{message_id}/pin', { params: { path: { id, message_id: messageId } }, body: { pinned } }))),
    clearChat: () => attempt(() => done(api().POST('/sessions/{id}/chat/clear', { ...path, body: {} }))),
  };
}
