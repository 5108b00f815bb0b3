import { Modal, Stack, Text as Words, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../api/client';
import { Fault, open } from '../api/envelope';
import { serverNow } from '../clock';
import { FormFoot } from '../components/FormFoot';
import { Text, useText } from '../i18n/text';
import { fromInput, toInput } from '../sessions/times';
import { type Endpoint, earliest, keys, lastKnownGood } from './queries';

/** Tells an endpoint once more what has happened since a time; one that is off is switched on for it. */
export function ReplayDialog({ endpoint, onClose }: { endpoint: Endpoint; onClose: () => void }) {
  const say = useText();
  const cache = useQueryClient();
  const [now] = useState(serverNow);
  const again = useMutation({
    mutationFn: async (since: string) => {
      const path = { params: { path: { id: endpoint.id } } };
      if (!endpoint.enabled) await open(api().PATCH('/webhook-endpoints/{id}', { ...path, body: { enabled: true } }));
      return open(api().POST('/webhook-endpoints/{id}/replay', { ...path, body: { since } }));
    },
    onSuccess: onClose,
    onSettled: () => {
      void cache.invalidateQueries({ queryKey: keys.all });
      void cache.invalidateQueries({ queryKey: keys.deliveries(endpoint.id) });
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const since = fromInput(new FormData(event.currentTarget).get('since') as string);
    if (since !== null) again.mutate(since);
  };
  const isOutside = again.error instanceof Fault && again.error.field('since') !== undefined;
  return (
    <Modal opened onClose={onClose} title={<Text id="hooks.replay.title" />} closeButtonProps={{ 'aria-label': say('action.close') }}>
      <form onSubmit={submit}>
        <Stack>
          <Words>
            <Text id="hooks.replay.text" />
          </Words>
          <TextInput
            name="since"
            type="datetime-local"
            label={say('hooks.replay.since')}
            description={say('hooks.replay.bounds')}
            defaultValue={toInput(lastKnownGood(endpoint, now))}
            min={toInput(earliest(now))}
            max={toInput(new Date(now).toISOString())}
            required
            withAsterisk={false}
            error={isOutside ? say('hooks.replay.outside') : undefined}
            data-autofocus
            data-testid="replay-since"
          />
          {!endpoint.enabled && (
            <Words size="sm">
              <Text id="hooks.replay.on" />
            </Words>
          )}
          <FormFoot problem={again.isError && !isOutside ? 'fault.notSaved' : null} submit={endpoint.enabled ? 'hooks.replay.do' : 'hooks.replay.doOn'} busy={again.isPending} testId="confirm-replay" onCancel={onClose} />
        </Stack>
      </form>
    </Modal>
  );
}
