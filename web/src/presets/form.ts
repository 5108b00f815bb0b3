import type { components } from '../api/schema';
import type { MessageId } from '../i18n/text';
import type { Preset } from './queries';

type CreateRequest = components['schemas']['CreatePresetRequest'];
type UpdateRequest = components['schemas']['UpdatePresetRequest'];

/** The switches, by whom they are about. */
export const GROUPS = [
  { id: 'features', switches: ['chat_enabled', 'stage_enabled', 'poll_enabled', 'question_enabled', 'question_moderation', 'viewer_count_visible', 'recording_enabled'] },
  {
    id: 'audience',
    switches: [
      'audience_chat_receive_message', 'audience_chat_send_text', 'audience_chat_send_file', 'audience_stage_join_request',
      'audience_poll_view', 'audience_poll_vote', 'audience_poll_create', 'audience_question_anonymous', 'audience_can_see_participants',
    ],
  },
  { id: 'onstage', switches: ['onstage_camera_enabled', 'onstage_screen_share', 'onstage_viewer_view'] },
  {
    id: 'host',
    switches: [
      'host_camera_enabled', 'host_screen_share', 'host_add_co_host', 'host_chat_receive_message', 'host_chat_send_text',
      'host_chat_send_file', 'host_poll_view', 'host_poll_vote', 'host_poll_create',
    ],
  },
  { id: 'moderator', switches: ['moderator_manage_stage', 'moderator_manage_chat', 'moderator_manage_poll', 'moderator_manage_question'] },
] as const;

export type Group = (typeof GROUPS)[number];
export type SwitchName = Group['switches'][number];
export type Switches = Record<SwitchName, boolean>;

export const NAMES: readonly SwitchName[] = GROUPS.flatMap((group): readonly SwitchName[] => group.switches);
const OFF_BY_DEFAULT: ReadonlySet<SwitchName> = new Set([
  'audience_can_see_participants', 'audience_chat_send_file', 'audience_poll_create', 'recording_enabled', 'question_moderation',
]);

/** What holds where no preset was chosen. */
export const USUAL = switchesBy((name) => !OFF_BY_DEFAULT.has(name));

export type Feature = 'chat' | 'stage' | 'polls' | 'questions';
const features: Record<Feature, { switchedBy: SwitchName; about: RegExp }> = {
  chat: { switchedBy: 'chat_enabled', about: /_chat_|manage_chat/ },
  stage: { switchedBy: 'stage_enabled', about: /^onstage_|stage_join|manage_stage/ },
  polls: { switchedBy: 'poll_enabled', about: /_poll_|manage_poll/ },
  questions: { switchedBy: 'question_enabled', about: /question_(moderation|anonymous)|manage_question/ },
};

/** The feature that is off, where a switch has no effect for that reason. */
export function idleBy(name: SwitchName, switches: Switches): Feature | null {
  const found = (Object.keys(features) as Feature[]).find((feature) => features[feature].about.test(name));
  return found === undefined || switches[features[found].switchedBy] ? null : found;
}

/** What a person edits; numbers and addresses as they were typed. */
export interface Draft {
  name: string;
  type: Preset['type'];
  limit: string;
  colour: string;
  logo: string;
  logoTarget: string;
  isDefault: boolean;
  switches: Switches;
}

export const NEW: Draft = { name: '', type: 'whip', limit: '', colour: '', logo: '', logoTarget: '', isDefault: false, switches: USUAL };

export function draftOf(preset: Preset): Draft {
  return {
    name: preset.name,
    type: preset.type,
    limit: preset.max_join_limit === 0 ? '' : String(preset.max_join_limit),
    colour: preset.primary_color ?? '',
    logo: preset.logo ?? '',
    logoTarget: preset.logo_destination_url ?? '',
    isDefault: preset.is_default,
    switches: switchesBy((name) => preset[name]),
  };
}

export type Faults = Partial<Record<'limit' | 'colour' | 'logo' | 'logoTarget', MessageId>>;

const COLOUR = /^#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/i;
const MOST = 2 ** 31 - 1;

/** What the server would refuse; a name is asked for by the browser. */
export function faultsOf(draft: Draft): Faults {
  return {
    ...(!(/^\d*$/.test(draft.limit.trim()) && Number(draft.limit) <= MOST) && { limit: 'presets.limit.wrong' }),
    ...(draft.colour.trim() !== '' && !COLOUR.test(draft.colour.trim()) && { colour: 'presets.colour.wrong' }),
    ...(!isAddress(draft.logo) && { logo: 'presets.address.wrong' }),
    ...(!isAddress(draft.logoTarget) && { logoTarget: 'presets.address.wrong' }),
  };
}

export function requestOf(draft: Draft): CreateRequest & UpdateRequest {
  const given = (text: string) => (text.trim() === '' ? null : text.trim());
  return {
    name: draft.name.trim(),
    type: draft.type,
    max_join_limit: Number(draft.limit),
    primary_color: given(draft.colour),
    logo: given(draft.logo),
    logo_destination_url: given(draft.logoTarget),
    is_default: draft.isDefault,
    ...draft.switches,
  };
}

/** Only what was changed: two people may edit different parts of one preset. */
export function changesOf(preset: Preset, draft: Draft): UpdateRequest {
  const before = requestOf(draftOf(preset));
  const after = requestOf(draft);
  const changed = (Object.keys(after) as (keyof UpdateRequest)[]).filter((name) => after[name] !== before[name]);
  return Object.fromEntries(changed.map((name) => [name, after[name]]));
}

function switchesBy(on: (name: SwitchName) => boolean): Switches {
  return Object.fromEntries(NAMES.map((name) => [name, on(name)])) as Switches;
}

function isAddress(text: string): boolean {
  if (text.trim() === '') return true;
  if (!URL.canParse(text.trim())) return false;
  const { protocol, username } = new URL(text.trim());
  return (protocol === 'http:' || protocol === 'https:') && username === '';
}
