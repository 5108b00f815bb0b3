import { type LocalTrack, type Room, Track } from 'livekit-client';
import { useEffect, useEffectEvent, useState, useSyncExternalStore } from 'react';
import { type DeviceKind, LocalMedia } from '../media/local';
import { cameraOptions, type PublishSettings } from '../media/settings';

/** This person's camera, microphone and screen on the connection that they watch with (C17). */
export function useOwnTracks(room: Room | null, settings: PublishSettings) {
  const [media] = useState(() => new LocalMedia(settings));
  const local = useSyncExternalStore(media.subscribe, media.snapshot);
  const [isSending, setSending] = useState(false);
  const [hasScreen, setScreen] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);

  useEffect(() => {
    void media.open();
    return () => media.close();
  }, [media]);

  const send = useEffectEvent(async (to: Room) => {
    for (const track of [local.camera.track, local.microphone.track]) {
      if (track !== null && !isPublished(to, track)) await to.localParticipant.publishTrack(track, optionsFor(track, settings));
    }
  });

  // A connection that was replaced begins without our tracks.
  useEffect(() => {
    if (room === null || !isSending) return undefined;
    let gone = false;
    send(room).catch((error: unknown) => {
      if (!gone) setProblem(error);
    });
    return () => {
      gone = true;
      for (const { track } of [...room.localParticipant.trackPublications.values()]) {
        if (track !== undefined) void room.localParticipant.unpublishTrack(track, true);
      }
    };
  }, [room, isSending, local.camera.track, local.microphone.track]);

  async function toggleScreen(): Promise<void> {
    if (room === null) return;
    setProblem(null);
    try {
      await room.localParticipant.setScreenShareEnabled(!hasScreen, { audio: true });
      setScreen(!hasScreen);
    } catch (error) {
      if (!(error instanceof Error && error.name === 'NotAllowedError')) setProblem(error);
    }
  }

  return {
    media,
    local,
    isSending,
    hasScreen,
    problem,
    begin: () => {
      setProblem(null);
      setSending(true);
    },
    toggle: (kind: DeviceKind) => void media.toggle(kind),
    toggleScreen: () => void toggleScreen(),
  };
}

function isPublished(room: Room, track: LocalTrack): boolean {
  return [...room.localParticipant.trackPublications.values()].some((each) => each.track === track);
}

function optionsFor(track: LocalTrack, settings: PublishSettings) {
  return track.source === Track.Source.Camera ? cameraOptions(settings) : {};
}
