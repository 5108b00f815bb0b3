import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { useParams } from 'react-router';
import { Fault } from '../../api/envelope';
import { grantOf, type Identity, onIdentityChange } from '../../api/identity';
import { keys, room as roomQuery, roomSessions } from '../../api/queries';
import { serverNow } from '../../clock';
import { Shell } from '../../components/Shell';
import { FaultState, LoadingRows } from '../../components/states';
import { useRoomChannel } from '../../realtime/useRoom';
import { After } from './After';
import { Before, Quiet } from './Before';
import { LiveRoom } from './LiveRoom';
import { phaseOf } from './phase';

const SAFETY_NET = 10_000; // ms; the room's channel is faster

export { player } from './LiveRoom';

export default function WatchPage() {
  const { roomId = '' } = useParams();
  const identity = useAudienceIdentity();
  const cache = useQueryClient();
  const room = useQuery({ ...roomQuery(roomId, identity), refetchInterval: SAFETY_NET });
  const sessions = useQuery({ ...roomSessions(roomId, identity), refetchInterval: SAFETY_NET });
  const [watched, setWatched] = useState<string>();
  useRoomChannel(roomId);

  const title = room.data?.title ?? '…';
  const phase = sessions.data === undefined ? null : phaseOf(sessions.data, serverNow(), watched);
  const liveId = phase?.at === 'live' ? phase.session.id : undefined;
  if (liveId !== undefined && liveId !== watched) setWatched(liveId);
  useEffect(() => {
    // The player's code is there before it is asked for.
    void import('./LivePlayer');
  }, []);

  const error = room.error ?? sessions.error;
  if (room.data === undefined || phase === null) {
    return (
      <Shell title="watch.tab" values={{ title }} bar={null}>
        {error !== null ? <FaultState error={withoutSignIn(error)} retry={() => void cache.invalidateQueries({ queryKey: keys.room(roomId) })} inner={false} /> : <LoadingRows rows={1} height={360} />}
      </Shell>
    );
  }
  if (phase.at === 'live') {
    return <LiveRoom key={phase.session.id} room={room.data} session={phase.session} identity={identity} />;
  }
  return (
    <Shell title="watch.tab" values={{ title }} bar={null}>
      {phase.at === 'before' && <Before room={room.data} session={phase.session} last={phase.last} identity={identity} />}
      {phase.at === 'after' && <After room={room.data} session={phase.session} next={phase.next} identity={identity} />}
      {phase.at === 'quiet' && <Quiet room={room.data} />}
    </Shell>
  );
}

/**
 * An account that is a viewer watches as itself. Staff watch as a viewer by name, as anybody does: in
 * the media room a host exists once, and this page must not take the studio's place.
 */
function useAudienceIdentity(): Identity {
  const account = useSyncExternalStore(onIdentityChange, () => grantOf('account'));
  return account?.user.role === 'viewer' ? 'account' : 'viewer';
}

/** The audience has nothing to sign in to: what it may not see is not there. */
function withoutSignIn(error: unknown): unknown {
  return error instanceof Fault && error.status === 401 ? new Fault(404, { code: 'not_found', message: error.message }) : error;
}
