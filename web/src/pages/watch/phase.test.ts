import { describe, expect, it } from 'vitest';
import { aSession } from '../../test/builders';
import { phaseOf } from './phase';

const now = Date.parse('2026-03-01T18:00:00Z');
const planned = aSession({ id: 'next', scheduled_start_time: '2026-03-01T18:10:00Z' });
const tomorrow = aSession({ id: 'next', scheduled_start_time: '2026-03-02T18:00:00Z' });
const ended = aSession({ id: 'last', status: 'ended', ended_at: '2026-03-01T17:00:00Z' });
const live = aSession({ id: 'live', status: 'live' });

describe('the one address of a room', () => {
  it('shows what is live before anything else', () => {
    expect(phaseOf([ended, planned, live], now)).toEqual({ at: 'live', session: live });
  });

  it('shows the next session with the last one beneath', () => {
    expect(phaseOf([ended, planned], now)).toEqual({ at: 'before', session: planned, last: ended });
  });

  it('stays with a session that was just over while the next is far', () => {
    expect(phaseOf([ended, tomorrow], now)).toEqual({ at: 'after', session: ended, next: tomorrow });
  });

  it('shows the end of what this page has watched, whatever comes next', () => {
    expect(phaseOf([ended, planned], now, 'last')).toEqual({ at: 'after', session: ended, next: planned });
  });

  it('waits while the host is backstage', () => {
    const backstage = aSession({ id: 'soon', status: 'backstage' });
    expect(phaseOf([backstage], now)).toEqual({ at: 'before', session: backstage, last: undefined });
  });

  it('says that nothing is planned', () => {
    expect(phaseOf([], now)).toEqual({ at: 'quiet' });
  });
});
