import { Text as Words } from '@mantine/core';
import type { MessageId } from '../i18n/text';
import { Text, useText } from '../i18n/text';
import type { StreamState as State } from '../realtime/events';
import classes from './Encoder.module.css';
import type { EncoderControl } from './useEncoder';

const words: Record<State, MessageId> = {
  idle: 'encoder.state.idle',
  connecting: 'encoder.state.connecting',
  active: 'encoder.state.active',
  interrupted: 'encoder.state.interrupted',
};

/** Whether the encoder's picture arrives, and how large it is. */
export function StreamState({ state, health }: { state: State; health: EncoderControl['health'] }) {
  const say = useText();
  const facts = [
    health?.width != null && health.height != null ? `${health.width} × ${health.height}` : null,
    health?.frame_rate != null ? say('encoder.frames', { rate: Math.round(health.frame_rate) }) : null,
    health?.video_bitrate != null ? say('encoder.bitrate', { rate: health.video_bitrate / 1_000_000 }) : null,
  ].filter((fact) => fact !== null);
  return (
    <div className={classes.state} data-state={state} data-testid="stream-state" role="status">
      <span className={classes.dot} aria-hidden />
      <div>
        <Words fw={600}>
          <Text id={words[state]} />
        </Words>
        {state === 'active' && facts.length > 0 && (
          <Words size="sm" c="dimmed" className="lh-figures" data-testid="stream-facts">
            {facts.join(' · ')}
          </Words>
        )}
      </div>
    </div>
  );
}
