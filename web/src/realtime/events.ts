import type { components } from '../api/schema';

type Schemas = components['schemas'];
type AnsweredMessage = Schemas['ChatMessageResponse'];
/** As it is answered, and as everybody is told: then its file has no address. */
export type ChatMessage = Omit<AnsweredMessage, 'attachment'> & { attachment?: ChatFile | null };
export type ChatFile = Pick<Schemas['ChatAttachment'], 'id' | 'name' | 'content_type' | 'size'>;
export type SessionStatus = Schemas['SessionResponse']['status'];
export type StreamState = Schemas['SessionResponse']['stream_state'];

export type Poll = Schemas['PollResponse'];
/** As everybody may see it: nobody's vote is in it. */
export type PublishedPoll = Omit<Poll, 'my_votes'>;

export type Question = Schemas['QuestionResponse'];
/** As everybody may know it: nobody's vote is in it, and no name of who asks anonymously. */
export type ToldQuestion = Omit<Question, 'my_vote' | 'is_mine' | 'answers'>;

export type Hand = Schemas['HandRaiseResponse'];
export type JoinRequest = Schemas['JoinRequestResponse'];
export type StageMember = Schemas['StageParticipantResponse'];
/** As the session's snapshot shows them: without what the staff alone is told. */
export type StageSeat = Pick<StageMember, 'user_id' | 'username' | 'role' | 'identity' | 'via' | 'joined_at'> & Partial<StageMember>;

export interface HostMedia {
  video: boolean;
  audio: boolean;
  screen: boolean;
}

/** The payloads that this app reads, by event type; others pass by. */
export interface Payloads {
  'session.state': {
    from: SessionStatus;
    to: SessionStatus;
    started_at?: string | null;
    ended_at?: string | null;
    end_reason?: string | null;
  };
  'session.updated': Partial<Schemas['SessionResponse']>;
  'session.settings': { effective_chat_enabled?: boolean; effective_question_moderation?: boolean; permissions?: Partial<Record<string, Record<string, boolean>>> };
  'session.rescheduled': { scheduled_start_time: string };
  'session.countdown': { starts_at: string; server_time: number };
  'stream.state': { stream_state: StreamState; since?: string };
  'host.media': Partial<HostMedia>;
  'viewers.count': { count: number; peak?: number };
  'recording.state': { active?: boolean; status?: Schemas['RecordingResponse']['status'] };
  'egress.state': { kind: 'hls' | 'rtmp'; target_id: string | null; status: Schemas['OutputResponse']['status']; error: string | null };
  'room.live': { session_id: string; title?: string; live: boolean; viewer_count?: number; hls_url?: string | null };
  'room.updated': Schemas['RoomResponse'];
  'session.created': Schemas['SessionResponse'];
  'session.deleted': { id: string };
  'replay.published': { recording_id: string; session_id: string; playback_url?: string; duration?: number };
  'chat.message': ChatMessage;
  'poll.opened': PublishedPoll;
  'poll.closed': PublishedPoll;
  'poll.results': { poll_id: string; total_voters: number; options: { id: string; votes: number; percentage: number }[] };
  'question.asked': ToldQuestion;
  'question.updated': ToldQuestion;
  'question.published': ToldQuestion;
  'question.answered': ToldQuestion & { answer: Question['answers'][number] };
  'question.dismissed': { id: string };
  'question.deleted': { id: string };
  'question.votes': Record<string, number>;
  'hand.raised': Hand | { pending: number };
  'hand.lowered': Hand | { pending: number };
  'hand.resolved': Hand;
  'join_request.created': JoinRequest;
  'join_request.resolved': JoinRequest;
  'stage.joined': StageMember;
  'stage.permissions': StageMember;
  'stage.left': { user_id: string; reason: string; session_id?: string; message?: string | null };
  'stage.layout': Schemas['LayoutResponse'];
  'waiting.entered': { attendance_id: string };
  'waiting.left': { attendance_id: string };
  'waiting.admitted': { session_id: string; join_url?: string };
  'waiting.denied': { session_id: string; reason?: string | null };
  'participant.banned': { user_id: string; session_id: string; expires_at: string | null };
  'participant.unbanned': { user_id: string; session_id: string };
  'chat.deleted': { ids: string[]; by?: string | null };
  'chat.cleared': { before: string };
  'chat.reaction': Record<string, number>;
  'chat.pinned': { id: string; pinned_at: string | null };
}

export type EventType = keyof Payloads;

interface Envelope<T extends EventType> {
  v: number;
  type: T;
  id: string;
  session_id?: string;
  /** The session's; absent where an event belongs to no session. */
  revision?: number;
  /** RFC 3339, the server's clock. */
  at: string;
  actor?: { id: string; name: string; role: string };
  data: Payloads[T];
}

/** One publication; `type` tells which payload. */
export type LiveEvent = { [T in EventType]: Envelope<T> }[EventType];

/** What a subscription answers at once. */
export interface Snapshot<T> {
  revision: number;
  snapshot: T;
}
