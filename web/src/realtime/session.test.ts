import { describe, expect, it } from 'vitest';
import { aSession, anEvent } from '../test/builders';
import { leavesGap, viewOf, withEvent, withSession, withSnapshot } from './session';

describe('the session view', () => {
  const before = viewOf(aSession({ status: 'backstage', revision: 3 }));
  const events = [
    anEvent('stream.state', 4, { stream_state: 'active' }),
    anEvent('session.state', 5, { from: 'backstage', to: 'live', started_at: '2026-03-01T18:00:00.000Z' }),
    anEvent('host.media', 6, { video: true, audio: true, screen: false }),
    anEvent('viewers.count', 6, { count: 2, peak: 2 }),
    anEvent('recording.state', 7, { active: true }),
    anEvent('session.updated', 8, { hls_url: 'https://hall.test/hls/1.m3u8' }),
    anEvent('viewers.count', 8, { count: 1, peak: 2 }),
  ];
  const freshSession = aSession({
    status: 'live',
    revision: 8,
    stream_state: 'active',
    started_at: '2026-03-01T18:00:00.000Z',
    hls_url: 'https://hall.test/hls/1.m3u8',
    viewer_count: 1,
    max_viewers: 2,
  });
  const fresh = {
    ...viewOf(freshSession),
    host: { video: true, audio: true, screen: false },
    recording: true,
  };

  it('is the same from old state and events as from fresh state', () => {
    expect(events.reduce(withEvent, before)).toEqual(fresh);
  });

  it('is the same from old state and a snapshot as from old state and events', () => {
    const snapshot = {
      session: freshSession,
      host_media: { video: true, audio: true, screen: false },
      recording: { active: true },
    };
    expect(withSnapshot(before, { revision: 8, snapshot })).toEqual(events.reduce(withEvent, before));
  });

  it('drops an event that is older than what it knows', () => {
    const late = anEvent('session.state', 4, { from: 'scheduled', to: 'backstage' });
    expect(withEvent(fresh, late)).toBe(fresh);
  });

  it('drops an answer that is older than what it knows', () => {
    expect(withSession(fresh, aSession({ status: 'backstage', revision: 7 }))).toBe(fresh);
  });

  it('keeps what only events tell when the session is read again', () => {
    expect(withSession(fresh, { ...freshSession, revision: 9 })).toEqual({ ...fresh, revision: 9 });
  });

  it('notices that revisions were skipped', () => {
    expect(leavesGap(before, anEvent('viewers.count', 4, { count: 1 }))).toBe(false);
    expect(leavesGap(before, anEvent('viewers.count', 5, { count: 1 }))).toBe(true);
  });
});
