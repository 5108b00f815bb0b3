import type { Room, Session } from '../api/queries';

export interface RoomLine {
  room: Room;
  /** The session that speaks for the room: on now, else next, else the last. */
  session: Session | undefined;
  moment: 'live' | 'next' | 'past';
  /** False where the room's sessions could not be read. */
  isKnown: boolean;
}

/** Sorts rooms into what is on, what comes (the nearest first) and what was (the latest first). */
export function byMoment(rooms: { room: Room; sessions: Session[] | undefined }[]): RoomLine[] {
  return rooms.map(({ room, sessions }) => lineOf(room, sessions)).sort(inOrder);
}

export function currentSession(sessions: Session[]): Session | undefined {
  return sessions.find((session) => session.status === 'live' || session.status === 'backstage');
}

/** The nearest planned session; one without a time may start at any moment and comes first. */
export function nextSession(sessions: Session[]): Session | undefined {
  return sessions.filter((session) => session.status === 'scheduled').sort((a, b) => startOf(a) - startOf(b))[0];
}

export function lastSession(sessions: Session[]): Session | undefined {
  return sessions.filter((session) => session.status === 'ended').sort((a, b) => endOf(b) - endOf(a))[0];
}

function lineOf(room: Room, sessions: Session[] | undefined): RoomLine {
  if (sessions === undefined) return { room, session: undefined, moment: 'next', isKnown: false };
  const current = currentSession(sessions);
  if (current !== undefined) return { room, session: current, moment: 'live', isKnown: true };
  const next = nextSession(sessions);
  if (next !== undefined) return { room, session: next, moment: 'next', isKnown: true };
  const last = lastSession(sessions);
  return { room, session: last, moment: last === undefined ? 'next' : 'past', isKnown: true };
}

function inOrder(a: RoomLine, b: RoomLine): number {
  if (a.moment !== b.moment) return 0;
  const [first, second] = a.moment === 'past' ? [b, a] : [a, b];
  return momentOf(first) - momentOf(second);
}

function momentOf({ session, room, moment }: RoomLine): number {
  if (session === undefined) return Date.parse(room.created_at);
  return moment === 'past' ? endOf(session) : startOf(session);
}

function startOf(session: Session): number {
  return session.scheduled_start_time == null ? 0 : Date.parse(session.scheduled_start_time);
}

function endOf(session: Session): number {
  return session.ended_at == null ? 0 : Date.parse(session.ended_at);
}
