import { queryOptions } from '@tanstack/react-query';
import { api } from './client';
import { open } from './envelope';
import type { Identity } from './identity';
import type { components } from './schema';

type Schemas = components['schemas'];
export type Room = Schemas['RoomResponse'];
export type Session = Schemas['SessionResponse'];
export type Recording = Schemas['RecordingResponse'];
export type Attendance = Schemas['AttendanceResponse'];
export type Seat = Schemas['JoinSessionResponse'];

const PAGE = 100; // the contract's largest page

/** One place for the cache's keys; what hangs below a room is read again with it. */
export const keys = {
  myRooms: ['rooms', 'mine'] as const,
  room: (id: string) => ['room', id] as const,
  roomSessions: (id: string) => ['room', id, 'sessions'] as const,
  session: (id: string) => ['session', id] as const,
  /** Of all rooms. */
  sessions: ['sessions'] as const,
  view: (id: string) => ['view', id] as const,
  chat: (id: string) => ['chat', id] as const,
  applause: (id: string) => ['applause', id] as const,
  polls: (id: string) => ['polls', id] as const,
  questions: (id: string) => ['questions', id] as const,
  allQuestions: (id: string) => ['questions', id, 'all'] as const,
  stage: (id: string) => ['stage', id] as const,
  permissions: (id: string) => ['permissions', id] as const,
  recordings: (sessionId: string) => ['session', sessionId, 'recordings'] as const,
  recording: (id: string) => ['recording', id] as const,
  outputs: (sessionId: string) => ['outputs', sessionId] as const,
  people: (sessionId: string) => ['session', sessionId, 'people'] as const,
  attendance: (sessionId: string) => ['session', sessionId, 'attendance'] as const,
};

export const myRooms = () =>
  queryOptions({
    queryKey: keys.myRooms,
    queryFn: async () => {
      const page = await open(api().GET('/rooms/mine', { params: { query: { limit: PAGE } } }));
      return page.rooms;
    },
  });

export const room = (id: string, identity: Identity = 'account') =>
  queryOptions({
    queryKey: [...keys.room(id), identity],
    queryFn: () => open(api(identity).GET('/rooms/{id}', { params: { path: { id } } })),
  });

export const roomSessions = (id: string, identity: Identity = 'account') =>
  queryOptions({
    queryKey: [...keys.roomSessions(id), identity],
    queryFn: async () => {
      const page = await open(
        api(identity).GET('/rooms/{id}/sessions', {
          params: { path: { id }, query: { sort: '-created_at', limit: PAGE } },
        }),
      );
      return page.sessions;
    },
  });

export const session = (id: string, identity: Identity = 'account') =>
  queryOptions({
    queryKey: [...keys.session(id), identity],
    queryFn: () => open(api(identity).GET('/sessions/{id}', { params: { path: { id } } })),
  });

export const recordings = (sessionId: string, identity: Identity = 'account') =>
  queryOptions({
    queryKey: [...keys.recordings(sessionId), identity],
    queryFn: async () => {
      const page = await open(
        api(identity).GET('/sessions/{id}/recordings', {
          params: { path: { id: sessionId }, query: { limit: PAGE } },
        }),
      );
      return page.recordings;
    },
  });

export const recording = (id: string, identity: Identity = 'account') =>
  queryOptions({
    queryKey: [...keys.recording(id), identity],
    queryFn: () => open(api(identity).GET('/recordings/{id}', { params: { path: { id } } })),
  });

export const attendance = (sessionId: string, page: number) =>
  queryOptions({
    queryKey: [...keys.attendance(sessionId), page],
    queryFn: () =>
      open(
        api().GET('/sessions/{id}/attendance', {
          params: { path: { id: sessionId }, query: { sort: 'joined_at', page, limit: PAGE } },
        }),
      ),
  });
