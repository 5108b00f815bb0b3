import { Button } from '@mantine/core';
import { RoomAudioRenderer, RoomContext, useAudioPlayback, useConnectionState, type TrackReference, useRoomContext, useTracks, VideoTrack } from '@livekit/components-react';
import { IconVolume } from '@tabler/icons-react';
import { ConnectionState, type DisconnectReason, Room, RoomEvent, Track } from 'livekit-client';
import { useEffect, useEffectEvent, useState } from 'react';
import { Text, useText } from '../../i18n/text';
import { type Ending, endingOf } from '../../media/reasons';
import { reconnectPolicy } from '../../media/settings';
import { useStage } from '../../stage/useStage';
import type { Picture } from './link';
import { FullScreen } from './FullScreen';
import { pinnedFirst } from './pinned';
import pictures from './Pictures.module.css';
import classes from './Watch.module.css';

const CONNECT_WITHIN = 8000; // ms, then the other way of delivery

interface LivePlayerProps {
  sessionId: string;
  url: string;
  token: string;
  onPicture: (picture: Picture) => void;
  /** The connection, while it stands: who comes on stage sends by it. */
  onRoom: (room: Room | null) => void;
  /** No media connection came about. */
  onUnreachable: () => void;
  /** It ended, and livekit-client has given up mending it. */
  onEnding: (ending: Ending) => void;
}

export default function LivePlayer({ sessionId, url, token, onPicture, onRoom, onUnreachable, onEnding }: LivePlayerProps) {
  const [room] = useState(() => new Room({ adaptiveStream: true, reconnectPolicy }));
  const unreachable = useEffectEvent(onUnreachable);
  const tellRoom = useEffectEvent(onRoom);
  const ended = useEffectEvent((reason: DisconnectReason | undefined) => onEnding(endingOf(reason)));

  useEffect(() => {
    let gone = false;
    let isConnected = false;
    const onDisconnected = (reason?: DisconnectReason) => {
      if (!gone && isConnected) ended(reason);
    };
    room.on(RoomEvent.Disconnected, onDisconnected);
    const late = setTimeout(() => {
      gone = true;
      unreachable();
      void room.disconnect();
    }, CONNECT_WITHIN);
    room
      .connect(url, token)
      .then(() => {
        isConnected = true;
        if (!gone) tellRoom(room);
      })
      .catch(() => {
        if (!gone) unreachable();
      })
      .finally(() => clearTimeout(late));
    return () => {
      gone = true;
      tellRoom(null);
      clearTimeout(late);
      room.off(RoomEvent.Disconnected, onDisconnected);
      void room.disconnect();
    };
  }, [room, url, token]);

  return (
    <RoomContext.Provider value={room}>
      <ProgrammePicture sessionId={sessionId} onPicture={onPicture} />
      <RoomAudioRenderer />
      <SoundButton />
    </RoomContext.Provider>
  );
}

/**
 * A shared screen fills the picture, with the speaker in a corner; else the speaker does. Who is pinned comes before both,
 * with all others beside.
 */
function ProgrammePicture({ sessionId, onPicture }: { sessionId: string; onPicture: (picture: Picture) => void }) {
  const say = useText();
  const connection = useConnectionState();
  const tracks = useTracks([Track.Source.Camera, Track.Source.ScreenShare], { onlySubscribed: true });
  const { pinned } = useStage(sessionId);
  const { ordered: visible, first } = pinnedFirst(tracks.filter((track) => !track.publication.isMuted), pinned);
  const screen = (first > 0 ? visible.slice(0, first) : visible).find((track) => track.source === Track.Source.ScreenShare);
  const camera = visible.find((track) => track.source === Track.Source.Camera);
  const beside = first > 0 ? visible : visible.filter((track) => track.source === Track.Source.Camera);
  const main = screen ?? camera;
  const picture = pictureOf(connection, main !== undefined);
  useEffect(() => onPicture(picture), [onPicture, picture]);
  return (
    <>
      {main === undefined ? (
        <p className={classes.words} role="status">
          <Text id={connection === ConnectionState.Connected ? 'watch.noPicture' : 'watch.entering'} />
        </p>
      ) : screen === undefined && beside.length > 1 ? (
        <StagePictures tracks={beside} isPinned={first > 0} />
      ) : (
        <VideoTrack trackRef={main} className={classes.video} playsInline aria-label={say('watch.programme')} data-testid="programme" data-source={main.source} />
      )}
      {screen !== undefined && camera !== undefined && <VideoTrack trackRef={camera} className={classes.inset} playsInline aria-label={say('watch.speaker')} data-testid="inset" />}
      <FullScreen />
    </>
  );
}

/** Several people side by side, each with a name; where the first one is pinned, large with the others beside. */
function StagePictures({ tracks, isPinned }: { tracks: readonly TrackReference[]; isPinned: boolean }) {
  const say = useText();
  return (
    <ul className={pictures.pictures} data-count={tracks.length} data-pinned={isPinned || undefined} aria-label={say('watch.programme')}>
      {tracks.map((track, at) => (
        <li key={track.publication.trackSid} className={pictures.person} style={isPinned && at === 0 ? { gridRow: `1 / span ${tracks.length - 1}` } : undefined}>
          <VideoTrack trackRef={track} playsInline aria-label={track.participant.name ?? ''} data-testid={at === 0 ? 'programme' : 'stage-picture'} data-source={track.source} />
          <span className={pictures.tag}>{track.participant.name}</span>
        </li>
      ))}
    </ul>
  );
}

function pictureOf(connection: ConnectionState, hasPicture: boolean): Picture {
  if (connection === ConnectionState.Reconnecting || connection === ConnectionState.SignalReconnecting) return 'reconnecting';
  if (connection !== ConnectionState.Connected) return 'connecting';
  return hasPicture ? 'playing' : 'waitingForHost';
}

/** Browsers keep a page silent until it was touched; then this is the one thing to press. */
function SoundButton() {
  const room = useRoomContext();
  const { canPlayAudio, startAudio } = useAudioPlayback(room);
  if (canPlayAudio) return null;
  return (
    <Button size="lg" className={classes.sound} onClick={() => void startAudio()} leftSection={<IconVolume size={20} aria-hidden />} data-testid="unmute">
      <Text id="watch.sound" />
    </Button>
  );
}
