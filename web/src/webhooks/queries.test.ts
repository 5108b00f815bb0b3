import { describe, expect, it } from 'vitest';
import { byFirstWord, changes, earliest, type Endpoint, type EventType, lastKnownGood, readable } from './queries';

const NOW = Date.parse('2026-03-31T12:00:00.000Z');

const endpoint = (parts: Partial<Endpoint> = {}): Endpoint => ({
  id: '01973c2e-0000-7000-8000-000000000000',
  url: 'https://example.org/hooks',
  description: null,
  format: 'live',
  event_types: ['room.created', 'session.live'],
  library_ids: [],
  enabled: true,
  off_reason: null,
  failing_since: null,
  last_success_at: null,
  previous_secret_until: null,
  created_at: '2026-03-01T08:00:00.000Z',
  updated_at: '2026-03-01T08:00:00.000Z',
  ...parts,
});

const type = (name: string): EventType => ({ type: name, format: 'live', description: '', sample: {} });

describe('events', () => {
  it('stand under their first word, in the order in which the words come', () => {
    const grouped = byFirstWord(['room.created', 'session.live', 'room.deleted'].map(type));
    expect(grouped.map(([first, types]) => [first, types.map((each) => each.type)])).toEqual([
      ['room', ['room.created', 'room.deleted']],
      ['session', ['session.live']],
    ]);
  });
});

describe('what is sent of a changed endpoint', () => {
  const said = { url: 'https://example.org/hooks', description: null, format: 'live' as const, event_types: ['session.live', 'room.created'] };

  it('is nothing when nothing changed, whatever the order of events', () => {
    expect(changes(endpoint(), said)).toEqual({});
  });

  it.each([
    [{ url: 'https://example.org/other' }, { url: 'https://example.org/other' }],
    [{ description: 'CRM' }, { description: 'CRM' }],
    [{ event_types: [] }, { event_types: [] }],
    [{ event_types: ['room.created', 'room.deleted'] }, { event_types: ['room.created', 'room.deleted'] }],
  ])('is what changed: %o', (part, sent) => {
    expect(changes(endpoint(), { ...said, ...part })).toEqual(sent);
  });

  it('clears a description', () => {
    expect(changes(endpoint({ description: 'CRM' }), said)).toEqual({ description: null });
  });
});

describe('since when something may have been missed', () => {
  it.each([
    ['the last call that went well', endpoint({ last_success_at: '2026-03-30T10:00:00.000Z' }), '2026-03-30T10:00:00.000Z'],
    ['the beginning of one that heard nothing', endpoint({ created_at: '2026-03-20T10:00:00.000Z' }), '2026-03-20T10:00:00.000Z'],
    ['no further back than what is kept', endpoint({ last_success_at: '2026-01-01T00:00:00.000Z' }), earliest(NOW)],
  ])('is %s', (_, given, since) => {
    expect(lastKnownGood(given, NOW)).toBe(since);
  });

  it('keeps a minute from the bound, since forms leave out seconds', () => {
    expect(earliest(NOW)).toBe('2026-03-01T12:01:00.000Z');
  });
});

describe('a body', () => {
  it.each([
    ['{"v":1,"data":{}}', '{\n  "v": 1,\n  "data": {}\n}'],
    ['heard', 'heard'],
  ])('is shown to be read: %s', (body, shown) => {
    expect(readable(body)).toBe(shown);
  });
});
