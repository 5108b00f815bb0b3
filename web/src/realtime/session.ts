import type { components } from '../api/schema';
import type { HostMedia, LiveEvent, SessionStatus, Snapshot, StreamState } from './events';

type Session = components['schemas']['SessionResponse'];

/** What everybody in a session may know of it at this moment. */
export interface SessionView {
  revision: number;
  status: SessionStatus;
  streamState: StreamState;
  title: string;
  startedAt: string | null;
  endedAt: string | null;
  endReason: string | null;
  hlsUrl: string | null;
  chatEnabled: boolean;
  host: HostMedia;
  viewers: { count: number; peak: number };
  recording: boolean;
}

/** The `session:` channel's snapshot; a member that is absent leaves what is known. */
export interface SessionSnapshot {
  status?: SessionStatus;
  stream_state?: StreamState;
  title?: string;
  started_at?: string | null;
  ended_at?: string | null;
  end_reason?: string | null;
  hls_url?: string | null;
  settings?: { effective_chat_enabled?: boolean };
  effective_chat_enabled?: boolean;
  host_media?: Partial<HostMedia>;
  viewer_count?: number;
  max_viewers?: number;
  recording?: { active?: boolean } | boolean | null;
}

export function viewOf(session: Session): SessionView {
  return {
    revision: session.revision ?? 0,
    status: session.status,
    streamState: session.stream_state ?? 'idle',
    title: session.title,
    startedAt: session.started_at ?? null,
    endedAt: session.ended_at ?? null,
    endReason: null,
    hlsUrl: session.hls_url ?? null,
    chatEnabled: session.effective_chat_enabled,
    host: { video: false, audio: false, screen: false },
    viewers: { count: session.viewer_count, peak: session.max_viewers },
    recording: false,
  };
}

/** REST knows neither the host's media nor the recording sign: those are kept. Older answers are dropped. */
export function withSession(view: SessionView | undefined, session: Session): SessionView {
  const fresh = viewOf(session);
  if (view === undefined) return fresh;
  if (fresh.revision < view.revision) return view;
  return { ...fresh, endReason: view.endReason, host: view.host, recording: view.recording };
}

export function withSnapshot(view: SessionView, { revision, snapshot }: Snapshot<SessionSnapshot>): SessionView {
  if (revision < view.revision) return view;
  const { recording } = snapshot;
  return {
    revision,
    status: snapshot.status ?? view.status,
    streamState: snapshot.stream_state ?? view.streamState,
    title: snapshot.title ?? view.title,
    startedAt: snapshot.started_at === undefined ? view.startedAt : snapshot.started_at,
    endedAt: snapshot.ended_at === undefined ? view.endedAt : snapshot.ended_at,
    endReason: snapshot.end_reason ?? view.endReason,
    hlsUrl: snapshot.hls_url === undefined ? view.hlsUrl : snapshot.hls_url,
    chatEnabled: snapshot.settings?.effective_chat_enabled ?? snapshot.effective_chat_enabled ?? view.chatEnabled,
    host: { ...view.host, ...snapshot.host_media },
    viewers: {
      count: snapshot.viewer_count ?? view.viewers.count,
      peak: snapshot.max_viewers ?? view.viewers.peak,
    },
    recording: recording === undefined ? view.recording : isActive(recording),
  };
}

function isActive(recording: { active?: boolean } | boolean | null): boolean {
  return typeof recording === 'boolean' ? recording : (recording?.active ?? false);
}

/**
 * The view after one more event. An event older than what is known changes nothing; one of the same
 * revision is applied, since gathered counters carry the present revision without raising it.
 */
export function withEvent(view: SessionView, event: LiveEvent): SessionView {
  if (event.revision < view.revision) return view;
  const change = changeOf(view, event);
  return { ...view, ...change, revision: event.revision };
}

/** Whether revisions were skipped, so that the session has to be read again. */
export function leavesGap(view: SessionView, event: LiveEvent): boolean {
  return event.revision > view.revision + 1;
}

function changeOf(view: SessionView, event: LiveEvent): Partial<SessionView> {
  switch (event.type) {
    case 'session.state':
      return {
        status: event.data.to,
        startedAt: event.data.started_at ?? view.startedAt,
        endedAt: event.data.ended_at ?? view.endedAt,
        endReason: event.data.end_reason ?? view.endReason,
      };
    case 'session.updated':
      return {
        title: event.data.title ?? view.title,
        hlsUrl: event.data.hls_url === undefined ? view.hlsUrl : event.data.hls_url,
        chatEnabled: event.data.effective_chat_enabled ?? view.chatEnabled,
      };
    case 'session.settings':
      return { chatEnabled: event.data.effective_chat_enabled ?? view.chatEnabled };
    case 'stream.state':
      return { streamState: event.data.stream_state };
    case 'host.media':
      return { host: { ...view.host, ...event.data } };
    case 'viewers.count':
      return {
        viewers: {
          count: event.data.count,
          peak: event.data.peak ?? Math.max(view.viewers.peak, event.data.count),
        },
      };
    case 'recording.state':
      return { recording: event.data.active ?? event.data.status === 'recording' };
    default:
      return {};
  }
}
