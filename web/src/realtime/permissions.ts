import { skipToken, useQuery } from '@tanstack/react-query';
import { keys, type Seat } from '../api/queries';
import type { Payloads } from './events';

export type RolePermissions = NonNullable<Payloads['session.settings']['permissions']>;

/** What a seat allows: as it was taken, and as the session's settings say since then. */
export function permitted(seat: Seat | null, told: RolePermissions | undefined): Record<string, boolean> {
  return seat === null ? {} : { ...seat.permissions, ...told?.[seat.role] };
}

/** The same, kept true by the hub: nobody has to take the seat again for a changed preset. */
export function usePermissions(sessionId: string, seat: Seat | null): Record<string, boolean> {
  const told = useQuery<RolePermissions>({ queryKey: keys.permissions(sessionId), queryFn: skipToken }).data;
  return permitted(seat, told);
}
