import { Button, Group, Text as Words, Title } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { Room as MediaRoom } from 'livekit-client';
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
import type { LiveEvent } from '../../realtime/events';
import type { HubState } from '../../realtime/hub';
import { useKnownPolls } from '../../polls/useKnownPolls';
import { usePermissions } from '../../realtime/permissions';
import { viewOf } from '../../realtime/session';
import { type SeatControl, useSeat } from '../../realtime/useSeat';
import { sessionView, useSessionChannels } from '../../realtime/useSession';
import { audienceLink, type Picture } from './link';
import { NameForm } from './NameForm';
import classes from './Watch.module.css';

/** The player, which other pages load by way of this one: what both need stays in the audience's own chunk. */
export const player = () => import('./LivePlayer');

const LivePlayer = lazy(player);
const HlsPlayer = lazy(() => import('./HlsPlayer'));
const Applause = lazy(() => import('../../applause/Applause'));
const AudienceStage = lazy(() => import('../../stage/AudienceStage'));
const KeptOut = lazy(() => import('../../moderation/KeptOut'));
const RegistrationWanted = lazy(() => import('../../registration/Wanted'));
const AudiencePolls = lazy(() => import('../../polls/AudiencePolls'));
const AttachFile = lazy(() => import('../../components/AttachFile'));
const AudienceTalk = lazy(() => import('../../questions/AudienceTalk'));

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
  const [reason, setReason] = useState<string | null>(null);
  const onOwn = (event: LiveEvent) => {
    if (event.type === 'waiting.denied') setReason(event.data.reason ?? null);
    if (event.type === 'waiting.admitted' || event.type === 'waiting.denied' || event.type === 'participant.banned') void seat.join();
  };
  const hub = useSessionChannels({ sessionId: session.id, identity, access: seat.state.seat?.realtime ?? null, renew: seat.renew, onOwn });
  const { data: view = viewOf(session) } = useQuery({ ...sessionView(session.id, identity), initialData: viewOf(session) });
  const polls = useKnownPolls(session.id);
  const may = usePermissions(session.id, seat.state.seat);
  const [picture, setPicture] = useState<Picture>('connecting');
  const [media, setMedia] = useState<MediaRoom | null>(null);
  const isIn = seat.state.phase === 'seated';
  const showsPolls = isIn && polls.length > 0;
  const isOver = view.status === 'ended' || (seat.state.phase === 'refused' && seat.state.fault.code === 'invalid_state');
  useReadRoomAgain(room.id, isOver);
  useAskAgainWhenClosed(seat, hub);
  const chat = <AudienceChat sessionId={session.id} identity={identity} isIn={isIn} canWrite={view.chatEnabled && may['chat.send'] !== false} mayAttach={may['chat.file'] === true} />;
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
            {grant !== null && turnedAway !== null && <TurnedAway how={turnedAway} sessionId={session.id} identity={identity} onBack={() => setTurnedAway(null)} />}
            {enabled && <Programme seat={seat} roomId={room.id} sessionId={session.id} reason={reason} identity={identity} isHlsReady={view.hlsUrl !== null} onPicture={setPicture} onRoom={setMedia} onTurnedAway={setTurnedAway} />}
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
          {isIn && view.status === 'live' && may['chat.read'] !== false && (
            <Suspense>
              <Applause sessionId={session.id} identity={identity} canReact />
            </Suspense>
          )}
          <div className={classes.state}>{enabled && <ConnectionWords {...link} />}</div>
        </section>
        <aside className={`lh-card ${classes.side}`} aria-label={say('chat.title')} data-panels={isIn || undefined}>
          {isIn && (
            <Suspense>
              <AudienceStage
                sessionId={session.id}
                identity={identity}
                me={grant?.user.id ?? ''}
                mayAsk={seat.state.seat?.on_stage === true || may['stage.request'] === true}
                room={media}
                isRecorded={session.recording_enabled}
                onConnect={() => void seat.join('webrtc')}
              />
            </Suspense>
          )}
          {showsPolls && (
            <Suspense>
              <AudiencePolls sessionId={session.id} identity={identity} polls={polls} mayVote={may['poll.vote'] !== false} viewers={view.viewers.count} />
            </Suspense>
          )}
          {isIn && may['question.read'] === true ? (
            <Suspense fallback={chat}>
              <AudienceTalk chat={chat} sessionId={session.id} identity={identity} may={may} isModerated={view.isModerated} />
            </Suspense>
          ) : (
            chat
          )}
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

/** Whoever was put out of the realtime channels for good asks for the seat again, and is told why not. */
function useAskAgainWhenClosed({ state, join }: SeatControl, hub: HubState): void {
  const isPutOut = hub === 'closed' && state.phase === 'seated';
  useEffect(() => {
    if (isPutOut) void join();
  }, [isPutOut, join]);
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
  roomId: string;
  sessionId: string;
  /** What the team said when it sent this person away. */
  reason: string | null;
  identity: Identity;
  /** The session has a playlist; the address that a viewer may read comes with a seat. */
  isHlsReady: boolean;
  onPicture: (picture: Picture) => void;
  onRoom: (room: MediaRoom | null) => void;
  onTurnedAway: (how: 'removed' | 'elsewhere') => void;
}

/** On stage one asks no more; afterwards one may again, whatever one was when the seat was taken. */
function Programme({ seat, roomId, sessionId, reason, identity, isHlsReady, onPicture, onRoom, onTurnedAway }: ProgrammeProps) {
  const { state, join } = seat;
  const wasOnStage = state.seat?.on_stage === true;
  const onUnreachable = useCallback(() => void join('hls'), [join]);
  const onEnding = useCallback(
    (ending: Ending) => {
      // A connection that came by a seat on stage ends with it; its holder goes on watching.
      if (ending === 'elsewhere' || (ending === 'removed' && !wasOnStage)) onTurnedAway(ending);
      else void join();
    },
    [join, onTurnedAway, wasOnStage],
  );
  if (state.phase === 'refused' && state.fault.code === 'invalid_state') return <InPicture id="watch.over" />;
  if (state.phase === 'refused') {
    const how = state.fault.code === 'banned' ? 'banned' : state.fault.code === 'forbidden' ? 'denied' : null;
    return (
      <div className={classes.inPicture}>
        <div className="lh-card">
          {state.fault.code === 'registration_required' ? (
            <Suspense>
              <RegistrationWanted roomId={roomId} />
            </Suspense>
          ) : how === null ? (
            <FaultState error={state.fault} />
          ) : (
            <Suspense>
              <KeptOut sessionId={sessionId} identity={identity} how={how} reason={reason} onBack={() => void join()} />
            </Suspense>
          )}
        </div>
      </div>
    );
  }
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
        <LivePlayer key={token} sessionId={sessionId} url={url} token={token} onPicture={onPicture} onRoom={onRoom} onUnreachable={onUnreachable} onEnding={onEnding} />
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

interface TurnedAwayProps {
  how: 'removed' | 'elsewhere';
  sessionId: string;
  identity: Identity;
  onBack: () => void;
}

function TurnedAway({ how, sessionId, identity, onBack }: TurnedAwayProps) {
  return (
    <div className={classes.inPicture}>
      <div className="lh-card">
        {how === 'elsewhere' ? (
          <State title="watch.elsewhere" text="watch.elsewhere.text" inner action={<Button onClick={onBack}><Text id="watch.here" /></Button>} />
        ) : (
          <Suspense>
            <KeptOut sessionId={sessionId} identity={identity} how="removed" reason={null} onBack={onBack} />
          </Suspense>
        )}
      </div>
    </div>
  );
}

interface AudienceChatProps {
  sessionId: string;
  identity: Identity;
  isIn: boolean;
  canWrite: boolean;
  mayAttach: boolean;
}

function AudienceChat({ sessionId, identity, isIn, canWrite, mayAttach }: AudienceChatProps) {
  const { log, outbox } = useChat(sessionId, identity, isIn);
  const closed = !isIn ? 'chat.notYet' : canWrite ? null : 'chat.off';
  const attach = mayAttach && (
    <Suspense>
      <AttachFile sessionId={sessionId} identity={identity} outbox={outbox} />
    </Suspense>
  );
  return <Chat log={log} outbox={outbox} me={grantOf(identity)?.user.id ?? null} closed={closed} attach={attach} identity={identity} />;
}
