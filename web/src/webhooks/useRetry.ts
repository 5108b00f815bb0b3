import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client';
import { open } from '../api/envelope';
import { keys } from './queries';

/** Sends a delivery once more. */
export function useRetry(endpointId: string, id: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: () => open(api().POST('/webhook-deliveries/{id}/retry', { params: { path: { id } } })),
    onSuccess: () => void cache.invalidateQueries({ queryKey: keys.deliveries(endpointId) }),
  });
}
