import type { Attendance, Recording, Session } from '../../api/queries';
import type { LocalState } from '../../media/local';
import type { ChatMessage, Poll, Question } from '../../realtime/events';
import { aMessage, aPoll, aQuestion, aRoom, aSession } from '../../test/builders';

const at = '2026-03-01T18:00:00.000Z';

export const room = aRoom({ id: '0197-room', description: 'What changes this season, and why.' });

const session = aSession({ id: '0197-session', room_id: room.id, room });

export const sessions = {
  planned: { ...session, id: '0197-planned', scheduled_start_time: new Date(Date.now() + 754_000).toISOString() },
  anytime: session,
  backstage: { ...session, id: '0197-backstage', status: 'backstage' },
  live: { ...session, id: '0197-live', status: 'live', started_at: at, viewer_count: 143, max_viewers: 151 },
  ended: { ...session, id: '0197-ended', status: 'ended', started_at: at, ended_at: '2026-03-01T18:42:13.000Z', duration: 2533, max_viewers: 151 },
} satisfies Record<string, Session>;

const message = aMessage({ id: '1', session_id: session.id, user_id: 'grace', username: 'Grace', message: 'Good evening from Lyon!' });

export const chat: ChatMessage[] = [
  message,
  { ...message, id: '2', user_id: 'ada', username: 'Ada', role: 'host', message: 'Welcome, everybody. We begin in a minute.', created_at: '2026-03-01T18:00:20.000Z' },
  { ...message, id: '3', user_id: 'linus', username: 'Linus', message: 'Will the slides be shared afterwards?', created_at: '2026-03-01T18:01:00.000Z' },
  { ...message, id: '4', user_id: 'linus', username: 'Linus', message: 'And the recording: https://hall.example/w/0197-room/replay/0197-recording-with-a-long-address', created_at: '2026-03-01T18:01:10.000Z' },
  { ...message, id: '5', user_id: 'mallory', username: 'Mallory', message: '', is_deleted: true, created_at: '2026-03-01T18:01:30.000Z' },
];

const topics = ['Roadmap', 'Prices', 'Questions from the chat, as many as there is time for before the end'];
const poll = aPoll({
  question: 'Which topic comes first?',
  total_voters: 143,
  options: topics.map((text, position) => ({ id: text, text, position, votes: [72, 28, 43][position], percentage: [50.3, 19.6, 30.1][position] })),
});
const uncounted = poll.options.map((option) => ({ ...option, votes: null, percentage: null }));

export const polls = {
  open: { ...poll, options: uncounted, closes_at: new Date(Date.now() + 754_000).toISOString() },
  several: { ...poll, options: uncounted, allow_multiple: true, anonymous: false, total_voters: 0 },
  voted: { ...poll, my_votes: ['Roadmap'] },
  hidden: { ...poll, options: uncounted, my_votes: ['Prices'], show_results: 'after_close' },
  closed: { ...poll, my_votes: ['Prices'], status: 'closed', closed_at: at },
  draft: { ...poll, options: uncounted, status: 'draft', total_voters: 0 },
} satisfies Record<string, Poll>;

export const questions = {
  open: aQuestion({ text: 'Will the prices of last season stay for those who have ordered already?', votes: 12, my_vote: true }),
  answered: aQuestion({
    id: '02', text: 'When does the new catalogue come?', state: 'answered', username: 'Grace', votes: 7, pinned_at: at,
    answers: [
      { id: 'a', user_id: 'ada', username: 'Ada', role: 'host', text: '', on_air_at: at, created_at: at },
      { id: 'b', user_id: 'ada', username: 'Ada', role: 'host', text: 'In the first week of October, on paper and online.', on_air_at: null, created_at: at },
    ],
  }),
  waiting: aQuestion({ id: '03', text: 'May I ask this?', state: 'pending', is_anonymous: true, is_mine: true }),
} satisfies Record<string, Question>;

const person: Attendance = {
  id: '1', session_id: session.id, user_id: 'ada', username: 'Ada', email: null, role: 'host', source: 'live', joined_at: at, left_at: '2026-03-01T18:42:13.000Z',
  duration: 2533, join_count: 1, is_active: false, delivery: 'webrtc',
};

export const people: Attendance[] = [
  person,
  { ...person, id: '2', username: 'Grace', role: 'viewer', joined_at: '2026-03-01T18:00:12.000Z', left_at: '2026-03-01T18:31:40.000Z', duration: 1888 },
  { ...person, id: '3', username: 'Linus', role: 'viewer', joined_at: '2026-03-01T18:03:51.000Z', left_at: null, duration: 2302, is_active: true },
];

const recording: Recording = {
  id: '0197-recording', session_id: session.id, room_id: room.id, library_id: null, title: 'Autumn briefing', description: null,
  status: 'ready', visibility: 'public', started_at: at, ended_at: '2026-03-01T18:42:11.000Z', duration: 2531, file_size: 412_000_000,
  format: 'mp4', playback_url: null, error_code: null, attempts: 1, publish_at: null, published_at: at,
  created_at: at, updated_at: at,
};

export const recordings: Recording[] = [
  recording,
  { ...recording, id: '2', status: 'processing' },
  { ...recording, id: '3', status: 'failed' },
];

const works = { track: {}, fault: null, opening: false, on: true, choices: [], chosen: undefined };
const broken = { ...works, track: null, fault: 'refused' };
const silent = { ...works, on: false };

// The pictures need no real device behind a track, only that there is one.
export const local = {
  works: { camera: works, microphone: works } as unknown as LocalState,
  broken: { camera: broken, microphone: silent } as unknown as LocalState,
  nothing: { camera: broken, microphone: { ...broken, fault: 'missing' } } as unknown as LocalState,
};
