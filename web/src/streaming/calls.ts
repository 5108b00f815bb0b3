import { queryOptions } from '@tanstack/react-query';
import { api } from '../api/client';
import { done, Fault, open, Unreachable } from '../api/envelope';
import { keys } from '../api/queries';
import type { components } from '../api/schema';
import type { MessageId } from '../i18n/text';

type Schemas = components['schemas'];
export type Target = Schemas['StreamingTargetResponse'];
export type Output = Schemas['OutputResponse'];
export type Change = Schemas['UpdateStreamingTargetRequest'];
export type NewTarget = Schemas['CreateStreamingTargetRequest'];

export const MOST = 8; // of one room
const SAFETY_NET = 15_000; // ms; events of the team's channel are faster

export const targetsKey = (roomId: string) => ['streaming-targets', roomId] as const;

export const targets = (roomId: string) =>
  queryOptions({
    queryKey: targetsKey(roomId),
    queryFn: async () => (await open(api().GET('/rooms/{id}/streaming-targets', { params: { path: { id: roomId } } }))).targets,
    retry: (count, error) => !(error instanceof Fault) && count < 3,
  });

export const outputs = (sessionId: string) =>
  queryOptions({
    queryKey: keys.outputs(sessionId),
    queryFn: async () => (await open(api().GET('/sessions/{id}/outputs', { params: { path: { id: sessionId } } }))).outputs,
    refetchInterval: SAFETY_NET,
  });

export const create = (roomId: string, body: NewTarget) =>
  open(api().POST('/rooms/{id}/streaming-targets', { params: { path: { id: roomId } }, body }));

const at = ({ id, room_id }: Target) => ({ params: { path: { id: room_id, target_id: id } } });

export const change = (target: Target, body: Change) => open(api().PATCH('/rooms/{id}/streaming-targets/{target_id}', { ...at(target), body }));

export const remove = (target: Target) => done(api().DELETE('/rooms/{id}/streaming-targets/{target_id}', at(target)));

export type Deed = 'start' | 'stop';

export function order(sessionId: string, targetId: string, deed: Deed): Promise<Output> {
  const one = { params: { path: { id: sessionId, target_id: targetId } } };
  return open(
    deed === 'start' ? api().POST('/sessions/{id}/outputs/{target_id}/start', one) : api().POST('/sessions/{id}/outputs/{target_id}/stop', one),
  );
}

/** Why something that was asked for did not happen. */
export function problemWords(problem: unknown): MessageId {
  if (problem instanceof Unreachable) return 'fault.unreachable.text';
  if (!(problem instanceof Fault)) return 'fault.other.text';
  if (problem.code === 'feature_disabled') return 'streaming.problem.encrypted';
  if (problem.code === 'media_unavailable') return 'streaming.problem.mediaAway';
  if (problem.code === 'validation_failed') return 'fault.notSaved';
  if (problem.status === 404) return 'streaming.problem.gone';
  if (problem.status === 409) return 'streaming.problem.changed';
  return problem.status === 403 ? 'fault.forbidden.text' : 'fault.other.text';
}
