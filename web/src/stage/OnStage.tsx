import { Button, Group } from '@mantine/core';
import type { Room } from 'livekit-client';
import { type MessageId, Text, useText } from '../i18n/text';
import type { PublishSettings } from '../media/settings';
import { Devices } from '../pages/studio/Devices';
import { Preview } from '../pages/studio/Preview';
import type { StageSeat } from '../realtime/events';
import classes from './Stage.module.css';
import { useOwnTracks } from './useOwnTracks';

interface OnStageProps {
  room: Room | null;
  settings: PublishSettings;
  seat: StageSeat;
  onLeave: () => void;
}

/** First a look at oneself, then on the air; what the staff has taken away is not offered. */
export function OnStage({ room, settings, seat, onLeave }: OnStageProps) {
  const own = useOwnTracks(room, settings);
  const { local, media, isSending } = own;
  const say = useText();
  const camera = local.camera.track !== null && local.camera.on;
  const microphone = local.microphone.track !== null && local.microphone.on;
  const ready = room !== null && (local.camera.track !== null || local.microphone.track !== null);
  return (
    <>
      <div className={classes.preview}>
        <Preview track={local.camera.track} on={local.camera.on} fault={local.camera.fault} opening={local.camera.opening} isScreen={false} />
      </div>
      {!isSending && <Devices media={media} local={local} />}
      <p className={classes.state} role="status" data-testid="stage-sending" data-sending={isSending}>
        <Text id={isSending ? 'stage.seen' : 'stage.notSeen'} />
      </p>
      <Group gap="xs" role="group" aria-label={say('stage.controls')}>
        {!isSending && (
          <Button onClick={own.begin} disabled={!ready} data-testid="go-on-camera">
            <Text id="stage.begin" />
          </Button>
        )}
        {isSending && seat.can_publish_audio !== false && (
          <Toggle on={microphone} off="control.unmute" words="control.mute" onClick={() => own.toggle('microphone')} testId="stage-microphone" />
        )}
        {isSending && seat.can_publish_video !== false && (
          <Toggle on={camera} off="control.cameraOn" words="control.cameraOff" onClick={() => own.toggle('camera')} testId="stage-camera" />
        )}
        {isSending && seat.can_screen_share !== false && (
          <Toggle on={own.hasScreen} off="control.screenOn" words="control.screenOff" onClick={own.toggleScreen} testId="stage-screen" />
        )}
        <Button variant="default" onClick={onLeave} data-testid="leave-stage">
          <Text id="stage.leave" />
        </Button>
      </Group>
      {own.problem !== null && (
        <p className={classes.problem} role="alert">
          <Text id="stage.problem.notSent" />
        </p>
      )}
    </>
  );
}

interface ToggleProps {
  on: boolean;
  words: MessageId;
  off: MessageId;
  onClick: () => void;
  testId: string;
}

/** Named by what pressing it does. */
function Toggle({ on, words, off, onClick, testId }: ToggleProps) {
  return (
    <Button variant="default" onClick={onClick} data-testid={testId} data-on={on}>
      <Text id={on ? words : off} />
    </Button>
  );
}
