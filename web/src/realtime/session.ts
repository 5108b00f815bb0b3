import type { components } from '../api/schema';
import type { HostMedia, LiveEvent, Poll, Question, SessionStatus, Snapshot, StageSeat, StreamState } from './events';

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
  /** How the pictures are put together where they become one. */
  layout: Session['layout'];
  chatEnabled: boolean;
  /** Whether the team looks at questions before all see them. */
  isModerated: boolean;
  host: HostMedia;
  viewers: { count: number; peak: number };
  recording: boolean;
}

/** What the `session:` channel begins with. */
export interface SessionSnapshot {
  session: Session;
  host_media?: Partial<HostMedia>;
  recording?: { active: boolean };
  /** The open ones, with the listener's own votes. */
  polls?: Poll[];
  /** The most wanted ones, with the listener's own votes. */
  questions?: Question[];
  stage?: { participants: StageSeat[]; count: number; limit: number; pinned?: string | null };
  hands?: { pending: number };
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
    layout: session.layout,
    chatEnabled: session.effective_chat_enabled,
    isModerated: session.effective_question_moderation,
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

export function withSnapshot(view: SessionView | undefined, { revision, snapshot }: Snapshot<SessionSnapshot>): SessionView {
  if (view !== undefined && revision < view.revision) return view;
  const fresh = withSession(view, { ...snapshot.session, revision });
  return {
    ...fresh,
    host: { ...fresh.host, ...snapshot.host_media },
    recording: snapshot.recording?.active ?? fresh.recording,
  };
}

/**
 * The view after one more event. An event older than what is known changes nothing; one of the same
 * revision is applied, since gathered counters carry the present revision without raising it.
 */
export function withEvent(view: SessionView, event: LiveEvent): SessionView {
  const revision = event.revision ?? view.revision;
  if (revision < view.revision) return view;
  return { ...view, ...changeOf(view, event), revision };
}

/** Whether revisions were skipped, so that the session has to be read again. */
export function leavesGap(view: SessionView, event: LiveEvent): boolean {
  return (event.revision ?? 0) > view.revision + 1;
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
      return {
        chatEnabled: event.data.effective_chat_enabled ?? view.chatEnabled,
        isModerated: event.data.effective_question_moderation ?? view.isModerated,
      };
    case 'stage.layout':
      return { layout: event.data.layout };
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
