import { Button, Group, Text as Words, Title } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useCallback, useEffect, useState, useSyncExternalStore } from 'react';
import { grantOf, type Identity, onIdentityChange } from '../../api/identity';
import { keys, type Room, type Session } from '../../api/queries';
import { Chat } from '../../components/Chat';
import { ConnectionWords } from '../../components/ConnectionWords';
import { LiveBadge, RecordingSign } from '../../components/LiveBadge';
import { Shell } from '../../components/Shell';
import { FaultState, State } from '../../components/states';
import { useChat } from '../../components/useChat';
import { ViewerCount } from '../../components/ViewerCount';
import { Text, useText } from '../../i18n/text';
import type { Ending } from '../../media/reasons';
import { useKnownPolls } from '../../polls/useKnownPolls';
import { viewOf } from '../../realtime/session';
import { type SeatControl, useSeat } from '../../realtime/useSeat';
import { sessionView, useSessionChannels } from '../../realtime/useSession';
import { audienceLink, type Picture } from './link';
import { NameForm } from './NameForm';
import classes from './Watch.module.css';

const LivePlayer = lazy(() => import('./LivePlayer'));
const HlsPlayer = lazy(() => import('./HlsPlayer'));
const AudiencePolls = lazy(() => import('../../polls/AudiencePolls'));

interface LiveRoomProps {
  room: Room;
  session: Session;
  identity: Identity;
}

export function LiveRoom({ room, session, identity }: LiveRoomProps) {
  const say = useText();
  const grant = useSyncExternalStore(onIdentityChange, () => grantOf(identity));
  const [turnedAway, setTurnedAway] = useState<'removed' | 'elsewhere' | null>(null);
  const enabled = grant !== null && turnedAway === null;
  const seat = useSeat(session.id, identity, enabled);
  const hub = useSessionChannels({ sessionId: session.id, identity, access: seat.state.seat?.realtime ?? null, renew: seat.renew });
  const { data: view = viewOf(session) } = useQuery({ ...sessionView(session.id, identity), initialData: viewOf(session) });
  const polls = useKnownPolls(session.id);
  const [picture, setPicture] = useState<Picture>('connecting');
  const isIn = seat.state.phase === 'seated';
  const showsPolls = isIn && polls.length > 0;
  const isOver = view.status === 'ended' || (seat.state.phase === 'refused' && seat.state.fault.code === 'invalid_state');
  useReadRoomAgain(room.id, isOver);
  const link = audienceLink({ seat: seat.state, picture, hub, streamState: view.streamState });

  return (
    <Shell title="watch.tab" values={{ title: session.title }} wide bar={<Words fw={600} truncate>{room.title}</Words>}>
      <a className={classes.skip} href="#chat">
        <Text id="skip.chat" />
      </a>
      <div className={classes.live} data-testid="live">
        <section className={classes.stage} aria-label={say('watch.programme')}>
          <div className={classes.picture}>
            {grant === null && <Door room={room} />}
            {grant !== null && turnedAway !== null && <TurnedAway how={turnedAway} onBack={() => setTurnedAway(null)} />}
            {enabled && <Programme seat={seat} identity={identity} isHlsReady={view.hlsUrl !== null} onPicture={setPicture} onTurnedAway={setTurnedAway} />}
          </div>
          <Group className={classes.line} gap="md">
            <div className={classes.titles}>
              <Title order={1} size="h2" lineClamp={2}>
                {session.title}
              </Title>
            </div>
            <LiveBadge />
            <ViewerCount count={view.viewers.count} />
            {view.recording && <RecordingSign />}
            {isIn && (
              <Button variant="subtle" color="gray" c="inherit" size="compact-md" onClick={seat.leave} data-testid="leave">
                <Text id="watch.leave" />
              </Button>
            )}
          </Group>
          <div className={classes.state}>{enabled && <ConnectionWords {...link} />}</div>
        </section>
        <aside className={`lh-card ${classes.side}`} aria-label={say('chat.title')} data-polls={showsPolls || undefined}>
          {showsPolls && (
            <Suspense>
              <AudiencePolls sessionId={session.id} identity={identity} polls={polls} mayVote={seat.state.seat?.permissions['poll.vote'] !== false} viewers={view.viewers.count} />
            </Suspense>
          )}
          <AudienceChat sessionId={session.id} identity={identity} isIn={isIn} canWrite={view.chatEnabled && seat.state.seat?.permissions['chat.send'] !== false} />
        </aside>
      </div>
    </Shell>
  );
}

/** The session's own channel tells its end first; the room's page then shows what comes after. */
function useReadRoomAgain(roomId: string, isOver: boolean): void {
  const cache = useQueryClient();
  useEffect(() => {
    if (isOver) void cache.invalidateQueries({ queryKey: keys.room(roomId) });
  }, [cache, roomId, isOver]);
}

function Door({ room }: { room: Room }) {
  return (
    <div className={classes.inPicture}>
      <div className={`lh-card ${classes.panel}`}>
        <Title order={2}>
          <Text id="door.title" />
        </Title>
        <NameForm roomId={room.id} submit="name.watch" />
      </div>
    </div>
  );
}

interface ProgrammeProps {
  seat: SeatControl;
  identity: Identity;
  /** The session has a playlist; the address that a viewer may read comes with a seat. */
  isHlsReady: boolean;
  onPicture: (picture: Picture) => void;
  onTurnedAway: (how: 'removed' | 'elsewhere') => void;
}

function Programme({ seat, identity, isHlsReady, onPicture, onTurnedAway }: ProgrammeProps) {
  const { state, join } = seat;
  const onUnreachable = useCallback(() => void join('hls'), [join]);
  const onEnding = useCallback(
    (ending: Ending) => {
      if (ending === 'removed' || ending === 'elsewhere') onTurnedAway(ending);
      else void join();
    },
    [join, onTurnedAway],
  );
  if (state.phase === 'refused' && state.fault.code === 'invalid_state') return <InPicture id="watch.over" />;
  if (state.phase === 'refused') return <Refused code={state.fault.code} error={state.fault} />;
  if (state.phase === 'left') {
    return (
      <div className={classes.inPicture}>
        <div className={classes.words}>
          <p>
            <Text id="watch.left" />
          </p>
          <Button onClick={() => void join()} data-testid="come-back">
            <Text id="watch.comeBack" />
          </Button>
        </div>
      </div>
    );
  }
  if (state.phase === 'waiting') return <InPicture id="watch.waitingToBeLetIn" />;
  if (state.phase !== 'seated') return <InPicture id="watch.entering" />;
  const { livekit_url: url, token, attendance_id: attendance, delivery, hls_url: hlsUrl } = state.seat;
  return (
    <Suspense fallback={<InPicture id="watch.entering" />}>
      {delivery === 'webrtc' && url != null && token != null ? (
        <LivePlayer key={token} url={url} token={token} onPicture={onPicture} onUnreachable={onUnreachable} onEnding={onEnding} />
      ) : hlsUrl != null ? (
        <HlsPlayer key={hlsUrl} url={hlsUrl} attendanceId={attendance ?? null} identity={identity} onPicture={onPicture} />
      ) : (
        <NoDelivery join={join} isHlsReady={isHlsReady} />
      )}
    </Suspense>
  );
}

const TRY_AGAIN = 5000; // ms

/**
 * Neither way is open: the direct one is tried again. Once the session has a playlist, the seat is asked
 * for anew: only its address is signed, the one in the session's events is not.
 */
function NoDelivery({ join, isHlsReady }: { join: SeatControl['join']; isHlsReady: boolean }) {
  useEffect(() => {
    if (isHlsReady) void join('hls');
    const timer = setInterval(() => void join(isHlsReady ? 'hls' : 'webrtc'), TRY_AGAIN);
    return () => clearInterval(timer);
  }, [join, isHlsReady]);
  return <InPicture id="watch.noDelivery" />;
}

function InPicture({ id }: { id: 'watch.entering' | 'watch.waitingToBeLetIn' | 'watch.noDelivery' | 'watch.over' }) {
  return (
    <div className={classes.inPicture}>
      <p className={classes.words} role="status">
        <Text id={id} />
      </p>
    </div>
  );
}

function Refused({ code, error }: { code: string; error: unknown }) {
  return (
    <div className={classes.inPicture}>
      <div className="lh-card">
        {code === 'banned' ? <State title="watch.banned" text="watch.banned.text" inner /> : <FaultState error={error} />}
      </div>
    </div>
  );
}

function TurnedAway({ how, onBack }: { how: 'removed' | 'elsewhere'; onBack: () => void }) {
  return (
    <div className={classes.inPicture}>
      <div className="lh-card">
        <State
          title={how === 'removed' ? 'watch.removed' : 'watch.elsewhere'}
          text={how === 'removed' ? 'watch.removed.text' : 'watch.elsewhere.text'}
          inner
          action={how === 'elsewhere' && <Button onClick={onBack}><Text id="watch.here" /></Button>}
        />
      </div>
    </div>
  );
}

interface AudienceChatProps {
  sessionId: string;
  identity: Identity;
  isIn: boolean;
  canWrite: boolean;
}

function AudienceChat({ sessionId, identity, isIn, canWrite }: AudienceChatProps) {
  const { log, outbox } = useChat(sessionId, identity, isIn);
  const closed = !isIn ? 'chat.notYet' : canWrite ? null : 'chat.off';
  return <Chat log={log} outbox={outbox} me={grantOf(identity)?.user.id ?? null} closed={closed} />;
}
