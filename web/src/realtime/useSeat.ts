import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { api } from '../api/client';
import { open } from '../api/envelope';
import type { Identity } from '../api/identity';
import { keys } from '../api/queries';
import { type Delivery, SeatKeeper, type SeatState } from './seat';
import { type SessionView, withSession } from './session';

export interface SeatControl {
  state: SeatState;
  join: (prefer?: Delivery) => Promise<void>;
  leave: () => void;
  renew: () => Promise<string>;
}

/** A seat that is taken while enabled, and given up when the page goes. */
export function useSeat(sessionId: string, identity: Identity, enabled: boolean): SeatControl {
  const cache = useQueryClient();
  const [keeper] = useState(() => {
    const path = { params: { path: { id: sessionId } } } as const;
    return new SeatKeeper({
      join: async (prefer) => {
        const body = prefer === undefined ? {} : { prefer };
        const seat = await open(api(identity).POST('/sessions/{id}/join', { ...path, body }));
        cache.setQueryData<SessionView>(keys.view(sessionId), (view) => withSession(view, seat.session));
        return seat;
      },
      leave: () => void api(identity).POST('/sessions/{id}/leave', { ...path, keepalive: true }).catch(() => undefined),
    });
  });
  const state = useSyncExternalStore(keeper.subscribe, keeper.snapshot);

  useEffect(() => {
    if (!enabled) return undefined;
    void keeper.join();
    const onShow = (event: PageTransitionEvent) => {
      if (event.persisted) void keeper.join();
    };
    window.addEventListener('pagehide', keeper.giveUp);
    window.addEventListener('pageshow', onShow);
    return () => {
      window.removeEventListener('pagehide', keeper.giveUp);
      window.removeEventListener('pageshow', onShow);
      keeper.giveUp();
    };
  }, [enabled, keeper]);

  return { state, join: keeper.join, leave: keeper.leave, renew: keeper.renew };
}
