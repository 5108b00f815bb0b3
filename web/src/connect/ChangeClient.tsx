import { Checkbox, Modal, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../api/client';
import { Fault, open } from '../api/envelope';
import type { components } from '../api/schema';
import { FormFoot } from '../components/FormFoot';
import { Text, useText } from '../i18n/text';
import { type Client, type Scope, scopesOf } from './apis';
import { keys } from './queries';

type Change = components['schemas']['UpdateApiClientRequest'];

/** What a credential is called, what it may do and until when; its secret stays. */
export function ChangeClient({ client, onClose }: { client: Client; onClose: () => void }) {
  const say = useText();
  const cache = useQueryClient();
  const [scopes, setScopes] = useState<string[]>(client.scopes);
  const [until, setUntil] = useState(day(client.expires_at));
  const save = useMutation({
    mutationFn: (body: Change) => open(api().PATCH('/api-clients/{id}', { params: { path: { id: client.id } }, body })),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: keys.all });
      onClose();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const name = (new FormData(event.currentTarget).get('name') as string).trim();
    save.mutate({
      name,
      scopes: scopes as Scope[],
      ...(until !== day(client.expires_at) && { expires_at: until === '' ? null : new Date(`${until}T23:59:59`).toISOString() }),
    });
  };
  const fault = save.error instanceof Fault ? save.error : null;
  return (
    <Modal opened onClose={onClose} title={<Text id="connect.change.name" values={{ name: client.name }} />} closeButtonProps={{ 'aria-label': say('action.close') }}>
      <form onSubmit={submit}>
        <Stack>
          <TextInput name="name" label={say('connect.name')} defaultValue={client.name} required withAsterisk={false} maxLength={200} data-autofocus error={fault?.field('name')} data-testid="client-new-name" />
          <Checkbox.Group value={scopes} onChange={setScopes} label={say('connect.scopes')} error={fault?.field('scopes')}>
            <Stack gap="xs" mt="xs">
              {scopesOf[client.kind].map((scope) => (
                <Checkbox key={scope} value={scope} label={say(`connect.scope.${scope}`)} data-testid={`new-scope-${scope}`} />
              ))}
            </Stack>
          </Checkbox.Group>
          <TextInput type="date" label={say('connect.until')} description={say('connect.until.hint')} value={until} onChange={(event) => setUntil(event.currentTarget.value)} error={fault?.field('expires_at')} data-testid="client-until" />
          <FormFoot problem={save.isError ? 'fault.notSaved' : null} submit="action.save" busy={save.isPending} testId="save-client" onCancel={onClose} />
        </Stack>
      </form>
    </Modal>
  );
}

/** A moment as an input of the kind `date` takes it, in the reader's own zone. */
function day(moment: string | null | undefined): string {
  if (moment == null) return '';
  const at = new Date(moment);
  return [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((part) => String(part).padStart(2, '0')).join('-');
}
