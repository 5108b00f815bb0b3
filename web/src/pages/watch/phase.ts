import type { Session } from '../../api/queries';
import { currentSession, lastSession, nextSession } from '../byMoment';

/** What the one address of a room shows now. */
export type RoomPhase =
  | { at: 'live'; session: Session }
  | { at: 'before'; session: Session; last: Session | undefined }
  | { at: 'after'; session: Session; next: Session | undefined }
  | { at: 'quiet' };

const AFTERGLOW = 12 * 3600_000; // ms for which a session that is over stays the first thing shown
const SOON = 3600_000; // ms before the next start from which that is shown instead

/** `watched` is the session this page has shown live: its end is shown, whatever comes next. */
export function phaseOf(sessions: Session[], now: number, watched?: string): RoomPhase {
  const current = currentSession(sessions);
  if (current?.status === 'live') return { at: 'live', session: current };
  const last = lastSession(sessions);
  const next = current ?? nextSession(sessions);
  if (last !== undefined && (last.id === watched || next === undefined || isFreshlyOver(last, next, now))) {
    return { at: 'after', session: last, next };
  }
  return next === undefined ? { at: 'quiet' } : { at: 'before', session: next, last };
}

function isFreshlyOver(last: Session, next: Session, now: number): boolean {
  const endedAgo = now - Date.parse(last.ended_at ?? '');
  if (next.status === 'backstage' || !(endedAgo < AFTERGLOW)) return false;
  if (next.scheduled_start_time == null) return false;
  return Date.parse(next.scheduled_start_time) - now > SOON;
}
