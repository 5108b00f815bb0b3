import type { Hand, JoinRequest, LiveEvent, Question, StageSeat } from './events';
import type { SessionSnapshot } from './session';

/** The stage as this browser knows it; the queues are known to the staff only. */
export interface Stage {
  members: readonly StageSeat[];
  limit: number;
  /** Who comes first where several pictures are shown. */
  pinned: string | null;
  /** How many hands are up. */
  pending: number;
  hands: readonly Hand[];
  requests: readonly JoinRequest[];
  /** The last answers to this person's own hand and request. */
  answered: { hand: Hand | null; request: JoinRequest | null };
  /** Why this person had to leave the stage. */
  sentOff: { reason: string; message: string | null } | null;
}

/** What the `staff:` channel begins with. */
export interface StaffSnapshot {
  stage?: StageSeat[];
  hands?: Hand[];
  join_requests?: JoinRequest[];
  /** Those that wait to be published. */
  questions?: Question[];
}

export const emptyStage: Stage = {
  members: [],
  limit: 0,
  pinned: null,
  pending: 0,
  hands: [],
  requests: [],
  answered: { hand: null, request: null },
  sentOff: null,
};

export function withStageSnapshot(stage: Stage = emptyStage, { stage: seen, hands }: SessionSnapshot): Stage {
  if (seen === undefined) return stage;
  const known = new Map(stage.members.map((each) => [each.user_id, each]));
  const members = seen.participants.map((each) => ({ ...known.get(each.user_id), ...each }));
  return { ...stage, members, limit: seen.limit, pinned: seen.pinned ?? null, pending: hands?.pending ?? stage.pending };
}

export function withStaffSnapshot(stage: Stage = emptyStage, seen: StaffSnapshot): Stage {
  return {
    ...stage,
    members: seen.stage ?? stage.members,
    hands: inOrder(seen.hands ?? []),
    requests: byId(seen.join_requests ?? []),
  };
}

export function withStageEvent(stage: Stage = emptyStage, event: LiveEvent): Stage {
  switch (event.type) {
    case 'stage.joined':
    case 'stage.permissions': {
      const at = stage.members.findIndex((each) => each.user_id === event.data.user_id);
      const members = at < 0 ? [...stage.members, event.data] : stage.members.with(at, event.data);
      return { ...stage, members };
    }
    case 'stage.left':
      return { ...stage, members: stage.members.filter((each) => each.user_id !== event.data.user_id) };
    case 'stage.layout':
      return { ...stage, pinned: event.data.pinned };
    case 'hand.raised':
    case 'hand.lowered':
    case 'hand.resolved':
      if ('pending' in event.data) return { ...stage, pending: event.data.pending };
      return { ...stage, hands: inOrder(queued(stage.hands, event.data)) };
    case 'join_request.created':
    case 'join_request.resolved':
      return { ...stage, requests: byId(queued(stage.requests, event.data)) };
    default:
      return stage;
  }
}

/** From the person's own channel: what was decided about them. */
export function withOwnEvent(stage: Stage = emptyStage, event: LiveEvent): Stage {
  switch (event.type) {
    case 'hand.resolved':
      return { ...stage, answered: { ...stage.answered, hand: event.data } };
    case 'join_request.resolved':
      return { ...stage, answered: { ...stage.answered, request: event.data } };
    case 'stage.permissions':
      return withStageEvent(stage, event);
    case 'stage.left':
      return { ...withStageEvent(stage, event), sentOff: { reason: event.data.reason, message: event.data.message ?? null } };
    default:
      return stage;
  }
}

interface Queued {
  id?: string | null | undefined;
  status?: string | null | undefined;
}

function queued<T extends Queued>(queue: readonly T[], row: T): T[] {
  const others = queue.filter((each) => each.id !== row.id);
  return row.status === 'pending' ? [...others, row] : others;
}

/** Ids are UUIDv7: their order is that of asking. */
function byId<T extends Queued>(queue: readonly T[]): T[] {
  return [...queue].sort((a, b) => ((a.id ?? '') < (b.id ?? '') ? -1 : 1));
}

function inOrder(hands: readonly Hand[]): Hand[] {
  return byId(hands).map((hand, at) => ({ ...hand, position: at + 1 }));
}
