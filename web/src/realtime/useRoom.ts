import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { keys } from '../api/queries';
import type { LiveEvent } from './events';

const realtimePath = '/connection/websocket';

/** Hears what anybody may hear of a room: what is on, what comes next, when a replay is there. */
export function useRoomChannel(roomId: string): void {
  const cache = useQueryClient();
  useEffect(() => {
    const address = new URL(realtimePath, window.location.href);
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
    const readAgain = () => void cache.invalidateQueries({ queryKey: keys.room(roomId) });
    const onEvent = (event: LiveEvent) => {
      if (event.type === 'viewers.count' || event.type === 'session.countdown') return; // change nothing of the room
      readAgain();
      if (event.type === 'replay.published') {
        void cache.invalidateQueries({ queryKey: keys.recordings(event.data.session_id) });
      }
    };
    let stop: (() => void) | undefined;
    let gone = false;
    void import('./hub').then(({ listen }) => {
      if (gone) return;
      stop = listen({
        url: address.href,
        token: null,
        channels: { [`room:${roomId}`]: { onEvent, onGap: readAgain } },
      });
    });
    return () => {
      gone = true;
      stop?.();
    };
  }, [roomId, cache]);
}
