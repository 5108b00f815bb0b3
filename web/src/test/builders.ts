import type { Room, Session } from '../api/queries';
import type { ChatMessage, EventType, LiveEvent, Payloads } from '../realtime/events';

const at = '2026-03-01T18:00:00.000Z';

export function aRoom(change: Partial<Room> = {}): Room {
  return { id: 'room-1', host_id: 'ada', title: 'Briefings', created_at: at, updated_at: at, ...change };
}

export function aSession(change: Partial<Session> = {}): Session {
  return {
    id: 'session-1',
    room_id: 'room-1',
    title: 'Autumn briefing',
    status: 'scheduled',
    mode: 'webcam',
    duration: 0,
    viewer_count: 0,
    max_viewers: 0,
    recording_enabled: true,
    effective_chat_enabled: true,
    effective_stage_enabled: false,
    effective_max_join_limit: 0,
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
    is_deleted: false,
    created_at: at,
    ...change,
  };
}

export function anEvent<T extends EventType>(type: T, revision: number, data: Payloads[T]): LiveEvent {
  return { v: 1, type, id: `${type}-${revision}`, revision, at, data } as LiveEvent;
}
