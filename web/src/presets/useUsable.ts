import { useQuery } from '@tanstack/react-query';
import { myPresets, type Preset, shelf, together, usableIn } from './queries';

/** What may be chosen for rooms of a library; as far as it is known yet. */
export function useUsable(libraryId: string): Preset[] {
  const mine = useQuery(myPresets()).data ?? [];
  const standing = useQuery({ ...shelf(libraryId), enabled: libraryId !== '' }).data ?? [];
  return usableIn(libraryId, together(mine, standing));
}
