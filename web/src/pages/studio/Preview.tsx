import type { LocalTrack } from 'livekit-client';
import { useEffect, useRef } from 'react';
import { Text, useText } from '../../i18n/text';
import type { DeviceFault } from '../../media/faults';
import classes from './Studio.module.css';

interface PreviewProps {
  track: LocalTrack | null;
  on: boolean;
  fault: DeviceFault | null;
  opening: boolean;
  /** A shared screen is shown as it is; the own face as in a mirror. */
  isScreen: boolean;
}

export function Preview({ track, on, fault, opening, isScreen }: PreviewProps) {
  const say = useText();
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const element = video.current;
    if (element === null || track === null) return undefined;
    track.attach(element);
    return () => {
      track.detach(element);
    };
  }, [track]);
  const words = fault !== null && track === null ? 'device.noPicture' : opening ? 'device.opening' : 'device.camera.off';
  return (
    <>
      <video ref={video} muted playsInline className={classes.video} data-mirrored={!isScreen || undefined} data-hidden={!on || track === null || undefined} aria-label={say('studio.preview')} data-testid="preview" />
      {(track === null || !on) && (
        <p className={classes.noPicture}>
          <Text id={words} />
        </p>
      )}
    </>
  );
}
