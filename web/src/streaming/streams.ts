import type { MessageId } from '../i18n/text';
import type { Output, Target } from './calls';

export type State = Output['status'] | 'idle';

/** A target during a session: what became of it, `idle` when nothing did. */
export interface Stream {
  targetId: string;
  name: string;
  publicUrl: string | null;
  state: State;
  error: string | null;
}

/** All targets in their order. Co-hosts may not see the room's list: they have what was begun. */
export function streamsOf(targets: readonly Target[], outputs: readonly Output[]): Stream[] {
  const begun = new Map(outputs.filter(({ kind }) => kind === 'rtmp').map((output) => [output.target_id, output]));
  const known = targets.map(({ id, name, public_url }): Stream => {
    const output = begun.get(id);
    return { targetId: id, name, publicUrl: public_url, state: output?.status ?? 'idle', error: output?.error ?? null };
  });
  const others = [...begun.values()].filter(({ target_id }) => !targets.some(({ id }) => id === target_id));
  return [
    ...known,
    ...others.map(({ target_id, name, public_url, status, error }) => ({
      targetId: target_id ?? '', name: name ?? '', publicUrl: public_url, state: status, error,
    })),
  ];
}

/** How many broke off and were given up. */
export function failures(outputs: readonly Output[]): number {
  return outputs.filter(({ kind, status }) => kind === 'rtmp' && status === 'failed').length;
}

export const isRunning = (state: State) => state === 'starting' || state === 'active';

export const stateWords: Record<State, MessageId> = {
  idle: 'streaming.state.idle',
  starting: 'streaming.state.starting',
  active: 'streaming.state.active',
  ending: 'streaming.state.ending',
  complete: 'streaming.state.complete',
  failed: 'streaming.state.failed',
  aborted: 'streaming.state.aborted',
};

const ERRORS: readonly (readonly [RegExp, MessageId])[] = [
  [/^lost$/, 'streaming.error.lost'],
  [/^nothing_recorded$/, 'streaming.error.nothing'],
  [/^(media_unavailable|output_failed)$/, 'streaming.error.notBegun'],
  [/refused/i, 'streaming.error.refused'],
  [/not answer|timed? ?out|unreachable|no route/i, 'streaming.error.silent'],
];

/** What an output's error means to people: codes of ours, or what the connection's library said. */
export function errorWords(error: string): MessageId {
  return ERRORS.find(([pattern]) => pattern.test(error))?.[1] ?? 'streaming.error.brokeOff';
}
