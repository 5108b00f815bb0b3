import { describe, expect, it } from 'vitest';
import type { Hand, LiveEvent, StageMember } from './events';
import { emptyStage, withOwnEvent, withStageEvent, withStageSnapshot, withStaffSnapshot } from './stage';

const ben: StageMember = {
  user_id: 'ben', username: 'Ben', role: 'speaker', identity: 'u.ben', can_publish_audio: true, can_publish_video: true,
  can_screen_share: true, is_publishing: false, via: 'hand', joined_at: '2026-03-01T12:00:00.000Z',
};

function hand(id: string, status: Hand['status'] = 'pending'): Hand {
  return {
    id, session_id: 's', user_id: `of ${id}`, username: id, status, message: null, position: 1,
    raised_at: '2026-03-01T12:00:00.000Z', resolved_at: null, resolved_by: null,
  };
}

function event(type: LiveEvent['type'], data: unknown): LiveEvent {
  return { v: 1, type, id: type, session_id: 's', revision: 1, at: '2026-03-01T12:00:00.000Z', data } as LiveEvent;
}

describe('the stage', () => {
  it('gains, changes and loses people', () => {
    const joined = withStageEvent(emptyStage, event('stage.joined', ben));
    expect(joined.members).toEqual([ben]);
    const muted = withStageEvent(joined, event('stage.permissions', { ...ben, can_publish_audio: false }));
    expect(muted.members[0]?.can_publish_audio).toBe(false);
    expect(withStageEvent(muted, event('stage.left', { user_id: 'ben', reason: 'left' })).members).toEqual([]);
  });

  it('keeps hands in order of raising, and their places right', () => {
    let stage = withStaffSnapshot(emptyStage, { hands: [hand('b')] });
    stage = withStageEvent(stage, event('hand.raised', hand('a')));
    expect(stage.hands.map((each) => [each.id, each.position])).toEqual([['a', 1], ['b', 2]]);
    stage = withStageEvent(stage, event('hand.resolved', hand('a', 'approved')));
    expect(stage.hands.map((each) => [each.id, each.position])).toEqual([['b', 1]]);
  });

  it('tells the audience how many hands are up, and no more', () => {
    const stage = withStageEvent(emptyStage, event('hand.raised', { pending: 3 }));
    expect([stage.pending, stage.hands]).toEqual([3, []]);
  });

  it('begins with what the snapshot shows', () => {
    const seat = { user_id: 'ben', username: 'Ben', role: 'speaker', identity: 'u.ben', via: 'hand', joined_at: ben.joined_at } as const;
    const stage = withStageSnapshot(emptyStage, { session: {} as never, stage: { participants: [seat], count: 1, limit: 2 }, hands: { pending: 1 } });
    expect([stage.members, stage.limit, stage.pending]).toEqual([[seat], 2, 1]);
  });

  it('tells who is pinned, from the snapshot and from what follows', () => {
    const seen = (pinned?: string | null) => ({ session: {} as never, stage: { participants: [ben], count: 1, limit: 0, ...(pinned !== undefined && { pinned }) } });
    const begun = withStageSnapshot(emptyStage, seen('ben'));
    expect(begun.pinned).toBe('ben');
    expect(withStageEvent(begun, event('stage.permissions', ben)).pinned).toBe('ben');
    expect(withStageEvent(begun, event('stage.layout', { layout: 'grid', pinned: 'eve' })).pinned).toBe('eve');
    expect(withStageEvent(begun, event('stage.layout', { layout: 'grid', pinned: null })).pinned).toBeNull();
    expect(withStageSnapshot(begun, seen(null)).pinned).toBeNull();
    expect(withStageSnapshot(begun, seen()).pinned).toBeNull();
  });

  it('tells a person what was decided about them', () => {
    const refused = withOwnEvent(emptyStage, event('hand.resolved', hand('a', 'rejected')));
    expect(refused.answered.hand?.status).toBe('rejected');
    const removed = withOwnEvent(emptyStage, event('stage.left', { user_id: 'ben', reason: 'removed', message: 'Thank you.' }));
    expect(removed.sentOff).toEqual({ reason: 'removed', message: 'Thank you.' });
  });
});
