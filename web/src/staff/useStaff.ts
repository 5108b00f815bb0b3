import { queryOptions, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/client';
import { done, Fault, open } from '../api/envelope';
import { keys } from '../api/queries';
import type { components } from '../api/schema';
import type { MessageId } from '../i18n/text';

type Schemas = components['schemas'];
export type Staff = Schemas['SessionParticipantsListResponse'];
export type Member = Schemas['SessionParticipantResponse'];
export type AppointedRole = 'co_host' | 'moderator';

/** Below `keys.people`: read again whenever the team is told of somebody. */
export const staff = (id: string) =>
  queryOptions({
    queryKey: [...keys.people(id), 'staff'],
    queryFn: () => open(api().GET('/sessions/{id}/participants', { params: { path: { id } } })),
  });

/** Appoints and dismisses; `problem` is the last call that failed. */
export function useStaffCalls(id: string) {
  const cache = useQueryClient();
  const [problem, setProblem] = useState<unknown>(null);

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
      await cache.invalidateQueries({ queryKey: staff(id).queryKey });
    }
  }

  return {
    problem,
    appoint: (role: AppointedRole, email: string, notify: boolean) => {
      const told = { params: { path: { id } }, body: { email, notify } };
      return attempt(() =>
        open(role === 'co_host' ? api().POST('/sessions/{id}/co-hosts', told) : api().POST('/sessions/{id}/moderators', told)),
      );
    },
    dismiss: (role: AppointedRole, userId: string) => {
      const whom = { params: { path: { id, user_id: userId } } };
      return attempt(() =>
        done(role === 'co_host' ? api().DELETE('/sessions/{id}/co-hosts/{user_id}', whom) : api().DELETE('/sessions/{id}/moderators/{user_id}', whom)),
      );
    },
  };
}

export function problemWords(problem: unknown): MessageId {
  if (!(problem instanceof Fault)) return 'staff.problem.other';
  if (problem.code === 'validation_failed') return 'staff.problem.address';
  if (problem.code === 'feature_disabled') return 'staff.problem.off';
  if (problem.code === 'invalid_state') return 'staff.problem.over';
  if (problem.status === 403) return 'staff.problem.forbidden';
  if (problem.status === 404) return 'staff.problem.late';
  return problem.status === 409 ? 'staff.problem.higher' : 'staff.problem.other';
}

/** Which roles somebody may give and take away: a co-host makes no co-hosts, a moderator nobody. */
export function mayAppoint(found: Staff, me: string | undefined, isAdmin: boolean): AppointedRole[] {
  if (isAdmin || found.host.id === me) return ['moderator', 'co_host'];
  return found.co_hosts.some((each) => each.user_id === me) ? ['moderator'] : [];
}
