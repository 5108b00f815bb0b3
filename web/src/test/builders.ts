import type { Room, Session } from '../api/queries';
import type { ChatMessage, EventType, LiveEvent, Payloads, Poll, Question } from '../realtime/events';

const at = '2026-03-01T18:00:00.000Z';

export function aRoom(change: Partial<Room> = {}): Room {
  return {
    id: 'room-1',
    host_id: 'ada',
    library_id: 'library-1',
    title: 'Briefings',
    description: null,
    analytics: {},
    active_session_id: null,
    visibility: 'public',
    waiting_room: false,
    has_password: false,
    kind: 'broadcast',
    e2ee: false,
    max_direct_viewers: 100,
    created_at: at,
    updated_at: at,
    ...change,
  };
}

export function aSession(change: Partial<Session> = {}): Session {
  return {
    id: 'session-1',
    room_id: 'room-1',
    room: aRoom(),
    title: 'Autumn briefing',
    description: null,
    status: 'scheduled',
    mode: 'webcam',
    external_url: null,
    provider: null,
    format: null,
    replay_url: null,
    started_at: null,
    ended_at: null,
    duration: 0,
    scheduled_start_time: null,
    scheduled_end_time: null,
    timezone: null,
    viewer_count: 0,
    max_viewers: 0,
    recording_enabled: true,
    hls_url: null,
    layout: 'single',
    chat_enabled_override: null,
    stage_enabled_override: null,
    max_join_limit_override: null,
    effective_chat_enabled: true,
    effective_stage_enabled: false,
    effective_max_join_limit: 0,
    question_moderation_override: null,
    effective_question_moderation: false,
    stream_state: 'idle',
    revision: 0,
    created_at: at,
    updated_at: at,
    ...change,
  };
}

export function aMessage(change: Partial<ChatMessage> = {}): ChatMessage {
  return {
    id: '0001',
    session_id: 'session-1',
    user_id: 'ada',
    username: 'Ada',
    role: 'viewer',
    type: 'text',
    message: 'Hello',
    attachment: null,
    reply_to: null,
    client_id: null,
    is_deleted: false,
    deleted_by: null,
    created_at: at,
    pinned_at: null,
    ...change,
  };
}

export function aPoll(change: Partial<Poll> = {}): Poll {
  return {
    id: '01',
    session_id: 'session-1',
    created_by: 'ada',
    question: 'Tea or coffee?',
    options: ['tea', 'coffee'].map((id, position) => ({ id, text: id, position, votes: null, percentage: null })),
    status: 'open',
    allow_multiple: false,
    anonymous: true,
    show_results: 'after_vote',
    total_voters: 0,
    my_votes: [],
    closes_at: null,
    closed_at: null,
    created_at: at,
    updated_at: at,
    ...change,
  };
}

export function aQuestion(change: Partial<Question> = {}): Question {
  return {
    id: '01',
    session_id: 'session-1',
    user_id: 'ben',
    username: 'Ben',
    role: 'viewer',
    text: 'Why?',
    state: 'published',
    is_anonymous: false,
    votes: 0,
    my_vote: false,
    is_mine: false,
    pinned_at: null,
    created_at: at,
    answers: [],
    ...change,
  };
}

export function anEvent<T extends EventType>(type: T, revision: number, data: Payloads[T]): LiveEvent {
  return { v: 1, type, id: `${type}-${revision}`, revision, at, data } as LiveEvent;
}
