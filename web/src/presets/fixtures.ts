import { USUAL } from './form';
import type { Preset } from './queries';

export function aPreset(change: Partial<Preset> = {}): Preset {
  return {
    id: 'preset-1',
    user_id: 'ada',
    library_id: null,
    name: 'Broadcast',
    type: 'whip',
    max_join_limit: 0,
    primary_color: null,
    logo: null,
    logo_destination_url: null,
    is_default: false,
    created_at: '2026-03-01T18:00:00.000Z',
    updated_at: '2026-03-01T18:00:00.000Z',
    ...USUAL,
    ...change,
  };
}
