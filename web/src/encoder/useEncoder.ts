import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { api } from '../api/client';
import { open } from '../api/envelope';
import { keys, type Session } from '../api/queries';
import { type SessionView, viewOf, withSession } from '../realtime/session';
import { useSeat } from '../realtime/useSeat';
import { sessionView, useSessionChannels } from '../realtime/useSession';

const LOOK_EVERY = 2000; // ms, at how the encoder comes

/** Where an encoder pushes to. */
export interface EncoderAddress {
  url: string;
  /** A secret: null for those who may run the session and are not its host. */
  key: string | null;
}

/** Everything the studio of an encoder does, and where it stands. */
export function useEncoder(session: Session) {
  const cache = useQueryClient();
  const { id } = session;
  const path = { params: { path: { id } } } as const;
  const { data: view = viewOf(session) } = useQuery({ ...sessionView(id, 'account'), initialData: viewOf(session) });
  const [address, setAddress] = useState<EncoderAddress | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);

  const isLive = view.status === 'live';
  const isOpen = isLive || view.status === 'backstage';
  const seat = useSeat(id, 'account', isLive);
  const hub = useSessionChannels({ sessionId: id, identity: 'account', access: seat.state.seat?.realtime ?? null, renew: seat.renew });
  const health = useQuery({
    queryKey: [...keys.view(id), 'health'],
    queryFn: () => open(api().GET('/sessions/{id}/health', path)),
    enabled: isOpen,
    refetchInterval: LOOK_EVERY,
  });

  const note = useCallback(
    (next: Session) => cache.setQueryData<SessionView>(keys.view(id), (present) => withSession(present, next)),
    [cache, id],
  );

  async function attempt(work: () => Promise<unknown>): Promise<void> {
    setProblem(null);
    setBusy(true);
    try {
      await work();
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  }

  /** Safe to repeat: it answers an open session with the same address. */
  const begin = () =>
    attempt(async () => {
      const answer = await open(api().POST('/sessions/{id}/start', path));
      setAddress({ url: answer.rtmp_url ?? answer.whip_url ?? '', key: answer.stream_key ?? null });
      note(answer.session);
    });
  const goLive = () => attempt(async () => note((await open(api().POST('/sessions/{id}/go-live', path))).session));
  const end = () => attempt(async () => note(await open(api().POST('/sessions/{id}/end', path))));

  // A studio that is opened again reads the address of its session again.
  const asked = useRef(false);
  useEffect(() => {
    if (!isOpen || asked.current || address !== null) return;
    asked.current = true;
    void begin();
  });

  return { view, address, busy, problem, health: health.data, hub, begin, goLive, end, dismissProblem: () => setProblem(null) };
}

export type EncoderControl = ReturnType<typeof useEncoder>;
