import { Button } from '@mantine/core';
import { IconVolume } from '@tabler/icons-react';
import Hls, { ErrorTypes, Events } from 'hls.js';
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { api } from '../../api/client';
import { done } from '../../api/envelope';
import type { Identity } from '../../api/identity';
import { Text, useText } from '../../i18n/text';
import type { Picture } from './link';
import classes from './Watch.module.css';

const BEAT = 30_000; // ms; the server forgets who is silent for 90 s
const AGAIN_AFTER = 2000; // ms between attempts to load a playlist that is away

interface HlsPlayerProps {
  url: string;
  attendanceId: string | null;
  identity: Identity;
  onPicture: (picture: Picture) => void;
}

/** The way that works through every firewall, some seconds behind. */
export default function HlsPlayer({ url, attendanceId, identity, onPicture }: HlsPlayerProps) {
  const say = useText();
  const video = useRef<HTMLVideoElement>(null);
  const [silent, setSilent] = useState(false);
  const tell = useEffectEvent(onPicture);

  useEffect(() => {
    const element = video.current;
    if (element === null) return undefined;
    tell('connecting');
    return play(element, url, tell);
  }, [url]);

  useEffect(() => {
    const element = video.current;
    if (element === null) return;
    // Without a gesture a page may play only silently.
    element.play().catch(() => {
      element.muted = true;
      setSilent(true);
      void element.play().catch(() => undefined);
    });
  }, []);

  useEffect(() => {
    if (attendanceId === null) return undefined;
    const beat = () =>
      void done(api(identity).POST('/attendance/{id}/beat', { params: { path: { id: attendanceId } } })).catch(() => undefined);
    beat();
    const timer = setInterval(beat, BEAT);
    return () => clearInterval(timer);
  }, [attendanceId, identity]);

  return (
    <>
      {/* eslint-disable-next-line jsx-a11y/media-has-caption -- live captions have no track yet */}
      <video ref={video} className={classes.video} playsInline controls aria-label={say('watch.programme')} data-testid="programme" data-source="hls" onPlaying={() => onPicture('delayed')} onWaiting={() => onPicture('connecting')} />
      {silent && (
        <Button
          size="lg"
          className={classes.sound}
          leftSection={<IconVolume size={20} aria-hidden />}
          data-testid="unmute"
          onClick={() => {
            if (video.current !== null) video.current.muted = false;
            setSilent(false);
          }}
        >
          <Text id="watch.sound" />
        </Button>
      )}
    </>
  );
}

function play(element: HTMLVideoElement, url: string, tell: (picture: Picture) => void): () => void {
  if (!Hls.isSupported()) {
    element.src = url; // Safari on iPhones plays it by itself
    return () => element.removeAttribute('src');
  }
  // Its worker would come from a `blob:` address, which a strict content policy refuses.
  const hls = new Hls({ enableWorker: false, lowLatencyMode: true, liveSyncDurationCount: 2 });
  // Where the hall publishes parts, it says how near to them one may be: hls.js is brought there little by little.
  hls.on(Events.LEVEL_LOADED, (_, { details }) => {
    if (details.partHoldBack === 0 || hls.config.maxLiveSyncPlaybackRate > 1) return;
    hls.targetLatency = details.partHoldBack;
    hls.config.maxLiveSyncPlaybackRate = 1.05;
  });
  let timer: ReturnType<typeof setTimeout> | undefined;
  hls.on(Events.ERROR, (_, { fatal, type }) => {
    if (!fatal) return;
    tell('reconnecting');
    if (type === ErrorTypes.MEDIA_ERROR) {
      hls.recoverMediaError();
      return;
    }
    timer = setTimeout(() => hls.loadSource(url), AGAIN_AFTER);
  });
  hls.loadSource(url);
  hls.attachMedia(element);
  return () => {
    clearTimeout(timer);
    hls.destroy();
  };
}
