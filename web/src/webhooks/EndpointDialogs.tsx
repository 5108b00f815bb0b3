import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client';
import { open } from '../api/envelope';
import { EndpointForm } from './EndpointForm';
import { changes, type Endpoint, keys, type Made, type Said } from './queries';

/** Adds an endpoint; its secret is shown once. */
export function NewEndpoint({ onMade, onClose }: { onMade: (made: Made) => void; onClose: () => void }) {
  const cache = useQueryClient();
  const make = useMutation({
    mutationFn: (said: Said) => open(api().POST('/webhook-endpoints', { body: { ...said, library_ids: [], enabled: true } })),
    onSuccess: (made) => {
      void cache.invalidateQueries({ queryKey: keys.all });
      onMade(made);
    },
  });
  return <EndpointForm title="hooks.new" submit="hooks.make" testId="make-endpoint" saving={make} onSave={make.mutate} onClose={onClose} />;
}

/** Changes where it is and what it hears; its secret and its deliveries stay. */
export function EditEndpoint({ endpoint, onClose }: { endpoint: Endpoint; onClose: () => void }) {
  const cache = useQueryClient();
  const change = useMutation({
    mutationFn: (said: Said) => open(api().PATCH('/webhook-endpoints/{id}', { params: { path: { id: endpoint.id } }, body: changes(endpoint, said) })),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: keys.all });
      onClose();
    },
  });
  return <EndpointForm title="hooks.edit.title" submit="action.save" testId="save-endpoint" endpoint={endpoint} saving={change} onSave={change.mutate} onClose={onClose} />;
}
