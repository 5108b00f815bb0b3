import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { api } from '../api/client';
import { Fault, open } from '../api/envelope';
import type { Identity } from '../api/identity';
import { keys, type Seat } from '../api/queries';
import { type SessionView, withSession } from './session';

export type SeatState =
  | { phase: 'joining' | 'away' | 'left'; seat: null }
  | { phase: 'waiting'; seat: Seat }
  | { phase: 'seated'; seat: Seat }
  | { phase: 'refused'; seat: null; fault: Fault };

export interface SeatControl {
  state: SeatState;
  /** Joins (again): a fresh media token and realtime token, the same attendance. */
  join: (prefer?: 'webrtc' | 'hls') => Promise<Seat | null>;
  leave: () => void;
  /** For the realtime hub's next connection. */
  renew: () => Promise<string | null>;
}

const ASK_AGAIN = 3000; // ms, while waiting to be let in or for the server

/** A person's place in a session: taken when enabled, given up when the page goes. */
export function useSeat(sessionId: string, identity: Identity, enabled: boolean): SeatControl {
  const cache = useQueryClient();
  const [state, setState] = useState<SeatState>({ phase: 'joining', seat: null });
  const taken = useRef(false);
  const wanted = useRef<'webrtc' | 'hls' | undefined>(undefined);

  const join = useCallback(
    async (prefer?: 'webrtc' | 'hls') => {
      wanted.current = prefer ?? wanted.current;
      try {
        const seat = await open(
          api(identity).POST('/sessions/{id}/join', {
            params: { path: { id: sessionId } },
            body: wanted.current === undefined ? {} : { prefer: wanted.current },
          }),
        );
        taken.current = seat.admission === 'admitted';
        cache.setQueryData<SessionView>(keys.view(sessionId), (view) => withSession(view, seat.session));
        setState({ phase: seat.admission === 'admitted' ? 'seated' : 'waiting', seat });
        return seat;
      } catch (error) {
        if (error instanceof Fault && error.status < 500 && error.status !== 429) {
          setState({ phase: 'refused', seat: null, fault: error });
        } else {
          // Whoever has a seat keeps it on screen: the links say by themselves that they are broken.
          setState((present) => (present.phase === 'seated' ? present : { phase: 'away', seat: null }));
        }
        return null;
      }
    },
    [cache, identity, sessionId],
  );

  const giveUp = useCallback(() => {
    if (!taken.current) return;
    taken.current = false;
    // The page may be gone before the answer is there.
    void api(identity)
      .POST('/sessions/{id}/leave', { params: { path: { id: sessionId } }, keepalive: true })
      .catch(() => undefined);
  }, [identity, sessionId]);

  useEffect(() => {
    if (!enabled) return undefined;
    void join();
    const onHide = () => giveUp();
    const onShow = (event: PageTransitionEvent) => {
      if (event.persisted) void join();
    };
    window.addEventListener('pagehide', onHide);
    window.addEventListener('pageshow', onShow);
    return () => {
      window.removeEventListener('pagehide', onHide);
      window.removeEventListener('pageshow', onShow);
      giveUp();
    };
  }, [enabled, join, giveUp]);

  const { phase } = state;
  useEffect(() => {
    if (!enabled || (phase !== 'waiting' && phase !== 'away')) return undefined;
    const timer = setInterval(() => void join(), ASK_AGAIN);
    return () => clearInterval(timer);
  }, [enabled, phase, join]);

  const leave = useCallback(() => {
    giveUp();
    setState({ phase: 'left', seat: null });
  }, [giveUp]);

  const renew = useCallback(async () => (await join())?.realtime.token ?? null, [join]);

  return { state, join, leave, renew };
}
