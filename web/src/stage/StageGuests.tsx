import { RoomAudioRenderer, RoomContext, useTracks, VideoTrack } from '@livekit/components-react';
import { type Room, Track } from 'livekit-client';
import { PanelWords } from '../i18n/PanelWords';
import { useText } from '../i18n/text';
import classes from './Stage.module.css';

/** The host sees and hears who is on stage. */
export default function StageGuests({ room }: { room: Room }) {
  return (
    <PanelWords>
      <RoomContext.Provider value={room}>
        <Guests />
        <RoomAudioRenderer />
      </RoomContext.Provider>
    </PanelWords>
  );
}

function Guests() {
  const say = useText();
  const tracks = useTracks([Track.Source.Camera, Track.Source.ScreenShare], { onlySubscribed: true });
  const others = tracks.filter((track) => !track.participant.isLocal && !track.publication.isMuted);
  if (others.length === 0) return null;
  return (
    <ul className={classes.guests} aria-label={say('stage.onStage')} data-testid="stage-guests">
      {others.map((track) => (
        <li key={track.publication.trackSid} className={classes.guest}>
          <VideoTrack trackRef={track} playsInline aria-label={say('stage.picture', { name: nameOf(track.participant) })} data-testid="guest-picture" />
          <span className={classes.tag}>{nameOf(track.participant)}</span>
        </li>
      ))}
    </ul>
  );
}

function nameOf({ name, identity }: { name?: string | undefined; identity: string }): string {
  return name === undefined || name === '' ? identity : name;
}
