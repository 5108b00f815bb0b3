import type { LocalAudioTrack } from 'livekit-client';
import { useEffect, useRef, useState } from 'react';
import { Text, useText } from '../i18n/text';
import { watchLevel } from '../media/level';
import classes from './LevelMeter.module.css';

const AUDIBLE = 0.12; // of the meter
const SILENT_AFTER = 5000; // ms

/** Moves with the voice, without a render per frame; says in words when nothing was heard for a while. */
export function LevelMeter({ track, on }: { track: LocalAudioTrack; on: boolean }) {
  const say = useText();
  const bar = useRef<HTMLDivElement>(null);
  const [silent, setSilent] = useState(false);
  useEffect(() => {
    if (!on) return undefined;
    let heard = performance.now();
    let told = false;
    const stop = watchLevel(track.mediaStreamTrack, (level) => {
      bar.current?.style.setProperty('--level', level.toFixed(3));
      if (level > AUDIBLE) heard = performance.now();
      const isSilent = performance.now() - heard > SILENT_AFTER;
      if (isSilent === told) return;
      told = isSilent;
      setSilent(isSilent);
    });
    return () => {
      stop();
      setSilent(false);
    };
  }, [track, on]);
  return (
    <div className={classes.meter}>
      <div className={classes.track} role="img" aria-label={say(on ? 'device.level' : 'device.microphone.off')} data-testid="level-meter">
        <div className={classes.bar} ref={bar} data-on={on || undefined} />
      </div>
      <span className={classes.words} role="status">
        {silent && on && <Text id="device.silent" />}
      </span>
    </div>
  );
}
