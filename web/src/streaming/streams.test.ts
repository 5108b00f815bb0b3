import { expect, it } from 'vitest';
import { Fault } from '../api/envelope';
import { type Output, problemWords, type Target } from './calls';
import { filled } from './kinds';
import { errorWords, failures, streamsOf } from './streams';

const at = '2026-03-01T18:00:00.000Z';
const target: Target = {
  id: 'one', room_id: 'room', name: 'Our channel', kind: 'youtube', endpoint: 'rtmps://a.example/live', stream_key: '…91c2', public_url: null,
  is_enabled: true, created_at: at, updated_at: at,
};
const output: Output = {
  kind: 'rtmp', status: 'failed', target_id: 'one', recording_id: null, name: 'Our channel', public_url: null, error: 'Connection refused', started_at: at,
  ended_at: at,
};
const recording: Output = { ...output, kind: 'file', status: 'active', target_id: null, name: null, error: null };

it('shows every target, with what became of it in this session', () => {
  const streams = streamsOf([target, { ...target, id: 'two', name: 'Second' }], [recording, output]);
  expect(streams.map(({ name, state, error }) => [name, state, error])).toEqual([
    ['Our channel', 'failed', 'Connection refused'],
    ['Second', 'idle', null],
  ]);
  expect(failures([recording, output])).toBe(1);
});

it('shows what was begun to those who may not see the list of targets', () => {
  expect(streamsOf([], [recording, output]).map(({ targetId, name }) => [targetId, name])).toEqual([['one', 'Our channel']]);
});

it.each([
  ['lost', 'streaming.error.lost'],
  ['nothing_recorded', 'streaming.error.nothing'],
  ['media_unavailable', 'streaming.error.notBegun'],
  ['Connection refused', 'streaming.error.refused'],
  ['The server does not answer.', 'streaming.error.silent'],
  ['Connection timed out', 'streaming.error.silent'],
  ['Input/output error', 'streaming.error.brokeOff'],
] as const)('the error “%s” has words', (error, words) => {
  expect(errorWords(error)).toBe(words);
});

it.each([
  [403, 'feature_disabled', 'streaming.problem.encrypted'],
  [403, 'forbidden', 'fault.forbidden.text'],
  [404, 'not_found', 'streaming.problem.gone'],
  [409, 'invalid_state', 'streaming.problem.changed'],
  [503, 'media_unavailable', 'streaming.problem.mediaAway'],
  [500, 'internal', 'fault.other.text'],
] as const)('a refusal %i %s has words', (status, code, words) => {
  expect(problemWords(new Fault(status, { code, message: 'no' }))).toBe(words);
});

it('a platform fills in what nobody wrote', () => {
  const youtube = filled({ endpoint: '', name: '' }, 'youtube');
  expect(youtube).toEqual({ endpoint: 'rtmps://a.rtmps.youtube.com/live2', name: 'YouTube' });
  expect(filled(youtube, 'linkedin')).toEqual({ endpoint: '', name: 'LinkedIn' });
  expect(filled({ ...youtube, name: 'Ours' }, 'twitch')).toEqual({ endpoint: 'rtmps://ingest.global-contribute.live-video.net/app', name: 'Ours' });
  expect(filled({ endpoint: 'rtmp://mine/app', name: 'Ours' }, 'youtube')).toEqual({ endpoint: 'rtmp://mine/app', name: 'Ours' });
});
