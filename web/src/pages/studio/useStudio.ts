import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { LocalTrack } from 'livekit-client';
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { api } from '../../api/client';
import { done, Fault, open } from '../../api/envelope';
import { keys, type Session } from '../../api/queries';
import { Broadcast } from '../../media/broadcast';
import { type DeviceKind, LocalMedia } from '../../media/local';
import { pause } from '../../media/pause';
import type { PublishSettings } from '../../media/settings';
import { type SessionView, viewOf, withSession } from '../../realtime/session';
import { useSeat } from '../../realtime/useSeat';
import { sessionView, useSessionChannels } from '../../realtime/useSession';

export type Phase = 'backstage' | 'starting' | 'live' | 'ended';

const SOURCE_SEEN_WITHIN = 10_000; // ms for the media server's report of our first picture
const ASK_AGAIN = 250; // ms

/** Everything the studio does, and where it stands. */
export function useStudio(session: Session, settings: PublishSettings) {
  const cache = useQueryClient();
  const { id } = session;
  const path = { params: { path: { id } } } as const;
  const { data: view = viewOf(session) } = useQuery({ ...sessionView(id, 'account'), initialData: viewOf(session) });

  const [media] = useState(() => new LocalMedia(settings));
  const local = useSyncExternalStore(media.subscribe, media.snapshot);
  const [broadcast] = useState(() => new Broadcast(settings, { access: access, tracks: () => tracksOf(media), wait: pause }));
  const outgoing = useSyncExternalStore(broadcast.subscribe, broadcast.snapshot);
  const [starting, setStarting] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);

  const isLive = view.status === 'live';
  const isOver = view.status === 'ended' || view.status === 'cancelled';
  const seat = useSeat(id, 'account', isLive);
  const hub = useSessionChannels({ sessionId: id, identity: 'account', access: seat.state.seat?.realtime ?? null, renew: seat.renew });

  const note = useCallback(
    (next: Session) => cache.setQueryData<SessionView>(keys.view(id), (present) => withSession(present, next)),
    [cache, id],
  );

  /** The server's start is safe to repeat: it answers a live session with a fresh token. */
  async function access() {
    try {
      const answer = await open(api().POST('/sessions/{id}/start-webcam', path));
      note(answer.session);
      return { url: answer.livekit_url, token: answer.token };
    } catch (error) {
      if (error instanceof Fault && error.status === 409) return null;
      throw error;
    }
  }

  async function goLive(): Promise<void> {
    setStarting(true);
    setProblem(null);
    try {
      const answer = await open(api().POST('/sessions/{id}/start-webcam', path));
      note(answer.session);
      await broadcast.open({ url: answer.livekit_url, token: answer.token });
      await proceedToLive();
      tellHostMedia('camera', local.camera.track !== null && local.camera.on);
      tellHostMedia('microphone', local.microphone.track !== null && local.microphone.on);
    } catch (error) {
      setProblem(error);
      await broadcast.close();
    } finally {
      setStarting(false);
    }
  }

  /** The session goes live by itself at the first video; a broadcast without one needs this call. */
  async function proceedToLive(): Promise<void> {
    const until = performance.now() + SOURCE_SEEN_WITHIN;
    for (;;) {
      try {
        const answer = await open(api().POST('/sessions/{id}/go-live', path));
        note(answer.session);
        return;
      } catch (error) {
        const early = error instanceof Fault && error.code === 'invalid_state' && performance.now() < until;
        if (!early) throw error;
        await pause(ASK_AGAIN);
      }
    }
  }

  function tellHostMedia(kind: DeviceKind, enabled: boolean): void {
    const told =
      kind === 'camera'
        ? api().POST('/sessions/{id}/host-video', { ...path, body: { enabled } })
        : api().POST('/sessions/{id}/host-audio', { ...path, body: { enabled } });
    // Information for players only: a failure changes nothing that anybody sees or hears.
    void done(told).catch(() => undefined);
  }

  async function toggle(kind: DeviceKind): Promise<void> {
    const on = await media.toggle(kind);
    const { track } = media.snapshot()[kind];
    if (track !== null) await broadcast.add(track);
    if (isLive) tellHostMedia(kind, on);
  }

  async function toggleScreen(): Promise<void> {
    await attempt(async () => {
      if (outgoing.screen === null) await broadcast.shareScreen();
      else await broadcast.stopScreen();
    });
  }

  async function record(on: boolean): Promise<void> {
    await attempt(async () => {
      if (on) await open(api().POST('/sessions/{id}/recordings/start', path));
      else await open(api().POST('/sessions/{id}/recordings/stop', path));
      await cache.invalidateQueries({ queryKey: keys.recordings(id) });
    });
  }

  async function end(): Promise<void> {
    await attempt(async () => {
      note(await open(api().POST('/sessions/{id}/end', path)));
      await broadcast.close();
    });
  }

  async function attempt(work: () => Promise<void>): Promise<void> {
    setProblem(null);
    try {
      await work();
    } catch (error) {
      setProblem(error);
    }
  }

  useEffect(() => {
    if (isOver) return undefined;
    void media.open();
    return () => media.close();
  }, [media, isOver]);

  useEffect(() => {
    if (isOver) void broadcast.close();
  }, [broadcast, isOver]);

  // A studio that is opened (or reloaded) while the session is live goes on where it was.
  const resumed = useRef(false);
  const ready = !local.camera.opening && !local.microphone.opening;
  const mustResume = isLive && ready && !starting && outgoing.link === 'idle';
  useEffect(() => {
    if (!mustResume || resumed.current) return;
    resumed.current = true;
    void goLive();
  });

  useEffect(() => () => void broadcast.close(), [broadcast]);

  const phase: Phase = isOver ? 'ended' : isLive ? 'live' : starting ? 'starting' : 'backstage';
  return {
    phase, view, local, outgoing, problem, seat, hub, media,
    goLive, toggle, toggleScreen, record, end,
    dismissProblem: () => setProblem(null),
  };
}

export type StudioControl = ReturnType<typeof useStudio>;

function tracksOf(media: LocalMedia): LocalTrack[] {
  const { camera, microphone } = media.snapshot();
  return [camera.track, microphone.track].filter((track) => track !== null);
}
