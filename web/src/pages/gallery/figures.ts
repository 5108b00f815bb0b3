import type { Attendee, Speaker } from '../../invited/calls';
import type { Stats } from '../../overview/calls';
import type { Audience, Interaction } from '../../reports/AudienceFigures';
import { sessions } from './fixtures';

const at = '2026-03-01T18:00:00.000Z';

export const stats: Stats = {
  total_rooms: 12, total_sessions: 148, live_sessions: 1, scheduled_sessions: 9, ended_sessions: 31, current_viewers: 143, total_viewers: 2841,
  peak_viewers: 512, total_watch_time: 4_281_377, average_watch_time: 1507, total_recordings: 28, storage_used: 41_200_000_000,
  upcoming_sessions: [], period_start: at, period_end: at,
};

export const audience: Audience = {
  session_id: sessions.ended.id, current_viewers: 0, peak_viewers: 151, peak_at: '2026-03-01T18:14:00.000Z', unique_viewers: 163, total_joins: 188,
  average_duration: 1888, total_watch_time: 307_744, registered: 0, no_shows: 0, attendance_rate: null, replay_viewers: 12,
  timeline: [0, 61, 97, 120, 131, 138, 144, 149, 151, 150, 148, 150, 141, 139, 122].map((viewers, minute) => ({ at: new Date(Date.parse(at) + minute * 180_000).toISOString(), viewers })),
};

export const interaction: Interaction = { chat_messages: 214, questions: 17, answered_questions: 12, polls: 2, votes: 231, recordings: 1 };

const attendee: Attendee = {
  id: '1', participant_id: null, user_id: 'grace', email: null, first_name: null, last_name: null, name: 'Grace', external_id: null, role: 'viewer',
  live_watch_time: 1888, replay_watch_time: 0, joined_at: at, left_at: at, is_active: false, has_participated: true, has_replayed: false,
};

export const attendees: Attendee[] = [
  attendee,
  { ...attendee, id: '2', name: 'Linus', live_watch_time: 0, replay_watch_time: 2411, has_participated: false, has_replayed: true },
];

const speaker: Speaker = { id: '1', name: 'Grace', first_name: 'Grace', last_name: null, title: null, biography: null, is_highlighted: true, has_host_rights: false };

export const speakers: Speaker[] = [speaker, { ...speaker, id: '2', name: 'Linus', title: 'Linus: Roadmap', biography: 'What changes this season' }];
