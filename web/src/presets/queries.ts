import { queryOptions } from '@tanstack/react-query';
import { api } from '../api/client';
import { open } from '../api/envelope';
import { grantOf } from '../api/identity';
import type { components } from '../api/schema';

export type Preset = components['schemas']['PresetResponse'];

const query = { limit: 100 }; // the contract's largest page

export const keys = {
  all: ['presets'] as const,
  mine: ['presets', 'mine'] as const,
  shelf: (libraryId: string) => ['presets', 'shelf', libraryId] as const,
  one: (id: string) => ['presets', 'one', id] as const,
};

/** One's own, personal ones and those put on a shelf. */
export const myPresets = () =>
  queryOptions({
    queryKey: keys.mine,
    queryFn: async () => (await open(api().GET('/presets', { params: { query } }))).presets,
  });

/** Those of every host that stand in a library. */
export const shelf = (libraryId: string) =>
  queryOptions({
    queryKey: keys.shelf(libraryId),
    queryFn: async () => (await open(api().GET('/libraries/{library_id}/presets', { params: { path: { library_id: libraryId }, query } }))).presets,
  });

export const preset = (id: string) =>
  queryOptions({
    queryKey: keys.one(id),
    queryFn: () => open(api().GET('/presets/{id}', { params: { path: { id } } })),
  });

/** Several lists as one, by name; a preset of one's own on a shelf is in two of them. */
export function together(...lists: (readonly Preset[])[]): Preset[] {
  const known = new Map(lists.flat().map((each) => [each.id, each]));
  return [...known.values()].sort((a, b) => a.name.localeCompare(b.name));
}

/** What a host may choose for the rooms of a library: what stands there, and one's personal ones. */
export function usableIn(libraryId: string, presets: readonly Preset[]): Preset[] {
  return presets.filter((each) => each.library_id === null || each.library_id === libraryId);
}

/** What holds in a library when nothing is chosen: the owner's default there, else the personal one. */
export function defaultIn(libraryId: string, owner: string, presets: readonly Preset[]): Preset | undefined {
  const defaults = presets.filter((each) => each.is_default && each.user_id === owner);
  return defaults.find((each) => each.library_id === libraryId) ?? defaults.find((each) => each.library_id === null);
}

export function isMine(each: Preset): boolean {
  return each.user_id === grantOf('account')?.user.id;
}

export function mayChange(each: Preset): boolean {
  return isMine(each) || grantOf('account')?.user.role === 'admin';
}
