import { describe, expect, it } from 'vitest';
import { aRoom, aSession } from '../test/builders';
import { byMoment } from './byMoment';

const live = aSession({ status: 'live' });
const soon = aSession({ scheduled_start_time: '2026-03-01T19:00:00Z' });
const later = aSession({ scheduled_start_time: '2026-03-02T19:00:00Z' });
const ended = aSession({ status: 'ended', ended_at: '2026-02-01T19:00:00Z' });
const endedBefore = aSession({ status: 'ended', ended_at: '2026-01-01T19:00:00Z' });

function moments(...sessions: (typeof live)[][]) {
  return byMoment(sessions.map((list, index) => ({ room: aRoom({ id: String(index) }), sessions: list })));
}

describe('my rooms', () => {
  it('speak by what is on, then by what comes, then by what was', () => {
    const lines = moments([ended, live, soon], [ended, soon], [ended]);
    expect(lines.map((line) => [line.room.id, line.moment])).toEqual([['0', 'live'], ['1', 'next'], ['2', 'past']]);
  });

  it('stand in the order of their next session', () => {
    expect(moments([later], [soon]).map((line) => line.room.id)).toEqual(['1', '0']);
  });

  it('stand the latest first when they are past', () => {
    expect(moments([endedBefore], [ended]).map((line) => line.room.id)).toEqual(['1', '0']);
  });

  it('are shown even where their sessions could not be read', () => {
    expect(byMoment([{ room: aRoom(), sessions: undefined }])).toMatchObject([{ isKnown: false, session: undefined }]);
  });
});
