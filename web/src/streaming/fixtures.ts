import type { Target } from './calls';
import type { State, Stream } from './streams';

const at = '2026-03-01T18:00:00.000Z';

/** What the gallery shows. */
export const target: Target = {
  id: '0197-target',
  room_id: '0197-room',
  name: 'Briefings',
  kind: 'custom',
  endpoint: 'rtmps://live.example.org/app',
  stream_key: '…91c2',
  public_url: 'https://live.example.org/briefings',
  is_enabled: true,
  created_at: at,
  updated_at: at,
};

const stream = (state: State, error: string | null = null): Stream => ({ targetId: `${state}-${error ?? ''}`, name: 'Briefings', publicUrl: null, state, error });

export const streams: Stream[] = [
  stream('idle'), stream('starting'), { ...stream('active'), publicUrl: target.public_url }, stream('ending'), stream('complete'),
  stream('aborted', 'nothing_recorded'), stream('failed', 'Connection refused'), stream('failed', 'Input/output error'),
  stream('failed', 'The server does not answer.'), stream('failed', 'lost'), stream('failed', 'media_unavailable'),
];
