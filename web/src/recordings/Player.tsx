import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { api } from '../api/client';
import { done, open } from '../api/envelope';
import type { Identity } from '../api/identity';
import type { Recording } from '../api/queries';
import { useText } from '../i18n/text';
import { Watched } from './watched';

const LEAST_BETWEEN = 10_000; // ms between two fresh addresses: a file that cannot be played is not asked for forever

interface PlayerProps {
  recording: Recording;
  identity: Identity;
  className?: string | undefined;
}

/** Plays a recording, and tells what was played. An address that has become too old is replaced where it stood. */
export function Player({ recording, identity, className }: PlayerProps) {
  const say = useText();
  const cache = useQueryClient();
  const video = useRef<HTMLVideoElement>(null);
  const at = useRef({ position: 0, renewed: 0 });
  const key = ['recording', recording.id, 'playback', identity];
  const playback = useQuery({
    queryKey: key,
    queryFn: () => open(api(identity).GET('/recordings/{id}/playback', { params: { path: { id: recording.id } } })),
    staleTime: Infinity,
    gcTime: 0,
  });
  const attendanceId = playback.data?.attendance_id;
  useBeats(video, identity, attendanceId, (playback.data?.next_beat_in ?? 30) * 1000);

  const renew = () => {
    const now = Date.now();
    if (now - at.current.renewed < LEAST_BETWEEN) return;
    at.current = { position: video.current?.currentTime ?? 0, renewed: now };
    void cache.invalidateQueries({ queryKey: key, exact: true });
  };
  const goOn = () => {
    if (video.current === null || at.current.position === 0) return;
    video.current.currentTime = at.current.position;
    at.current.position = 0;
    void video.current.play().catch(() => undefined);
  };

  // An address that changes under a player stops it: nothing is shown before the first is known.
  if (playback.isPending) return null;
  return (
    // eslint-disable-next-line jsx-a11y/media-has-caption -- recordings carry no captions yet
    <video
      ref={video}
      className={className}
      src={playback.data?.playback_url ?? recording.playback_url ?? undefined}
      controls
      playsInline
      preload="metadata"
      aria-label={say('replay.video', { title: recording.title })}
      data-testid="replay-video"
      onError={renew}
      onLoadedMetadata={goOn}
    />
  );
}

/** The first beat comes with the first picture; then one at each interval, at each rest, and at the end. */
function useBeats(video: React.RefObject<HTMLVideoElement | null>, identity: Identity, attendanceId: string | undefined, every: number) {
  useEffect(() => {
    const element = video.current;
    if (element === null || attendanceId === undefined) return undefined;
    const watched = new Watched();
    let begun = false;
    const beat = () => {
      if (!begun) return;
      const stretches = watched.take();
      const told = done(api(identity).POST('/attendance/{id}/beat', { params: { path: { id: attendanceId } }, body: { position: element.currentTime, watched: stretches } }));
      told.catch(() => watched.giveBack(stretches));
    };
    const playing = () => {
      if (begun) return;
      begun = true;
      beat();
    };
    const look = () => {
      if (!element.paused && !element.seeking) watched.look(element.currentTime, element.playbackRate);
    };
    const rest = () => {
      watched.rest();
    };
    const pause = () => {
      rest();
      beat();
    };
    element.addEventListener('playing', playing);
    element.addEventListener('timeupdate', look);
    element.addEventListener('seeking', rest);
    element.addEventListener('pause', pause);
    window.addEventListener('pagehide', pause);
    const timer = setInterval(beat, every);
    return () => {
      clearInterval(timer);
      element.removeEventListener('playing', playing);
      element.removeEventListener('timeupdate', look);
      element.removeEventListener('seeking', rest);
      element.removeEventListener('pause', pause);
      window.removeEventListener('pagehide', pause);
      pause();
    };
  }, [video, identity, attendanceId, every]);
}
