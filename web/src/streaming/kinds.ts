import type { Say } from '../i18n/text';

/** A platform whose server address is known; what it is called is a name in every language. */
interface Platform {
  name: string;
  /** Empty where each broadcast has an address of its own. */
  endpoint: string;
}

const platforms: Record<string, Platform> = {
  youtube: { name: 'YouTube', endpoint: 'rtmps://a.rtmps.youtube.com/live2' },
  twitch: { name: 'Twitch', endpoint: 'rtmps://ingest.global-contribute.live-video.net/app' },
  linkedin: { name: 'LinkedIn', endpoint: '' },
};
export const CUSTOM = 'custom';
export const kinds: readonly string[] = [...Object.keys(platforms), CUSTOM];

export function kindName(kind: string, say: Say): string {
  return platforms[kind]?.name ?? (kind === CUSTOM ? say('streaming.kind.custom') : kind);
}

/** What a form's address and name become when its platform changes: only what nobody wrote is replaced. */
export function filled(present: { endpoint: string; name: string }, kind: string): { endpoint: string; name: string } {
  const known = Object.values(platforms);
  const isOurs = (field: keyof Platform, text: string) => text === '' || known.some((each) => each[field] === text);
  return {
    endpoint: isOurs('endpoint', present.endpoint) ? (platforms[kind]?.endpoint ?? '') : present.endpoint,
    name: isOurs('name', present.name) ? (platforms[kind]?.name ?? '') : present.name,
  };
}
