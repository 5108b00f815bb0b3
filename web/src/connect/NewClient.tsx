import { Checkbox, Modal, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api as call } from '../api/client';
import { Fault, open } from '../api/envelope';
import { FormFoot } from '../components/FormFoot';
import { Text, useText } from '../i18n/text';
import { type Api, type Scope, scopesOf } from './apis';
import { keys } from './queries';
import type { Made } from './SecretDialog';

/** Makes a credential: a name, what it may do besides reading, and for a signing secret whose tokens it signs. */
export function NewClient({ api, onMade, onClose }: { api: Api; onMade: (made: Made) => void; onClose: () => void }) {
  const say = useText();
  const cache = useQueryClient();
  const [scopes, setScopes] = useState<string[]>(['write']);
  const make = useMutation({
    mutationFn: (body: { name: string; issuer: string | null }) =>
      open(call().POST('/api-clients', { body: { ...body, kind: api.kind, scopes: scopes as Scope[] } })),
    onSuccess: (made) => {
      void cache.invalidateQueries({ queryKey: keys.all });
      onMade(made);
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const issuer = ((form.get('issuer') as string | null) ?? '').trim();
    make.mutate({ name: (form.get('name') as string).trim(), issuer: issuer === '' ? null : issuer });
  };
  const fault = make.error instanceof Fault ? make.error : null;
  return (
    <Modal opened onClose={onClose} title={<Text id={`connect.new.${api.kind}`} />} closeButtonProps={{ 'aria-label': say('action.close') }}>
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            name="name"
            label={say('connect.name')}
            description={say('connect.name.hint')}
            required
            withAsterisk={false}
            maxLength={200}
            data-autofocus
            error={fault?.field('name')}
            data-testid="client-name"
          />
          {api.kind === 'signing_secret' && (
            <TextInput name="issuer" label={say('connect.issuer')} description={say('connect.issuer.hint')} maxLength={200} error={fault?.field('issuer')} />
          )}
          <Checkbox.Group value={scopes} onChange={setScopes} label={say('connect.scopes')} description={say(api.scopes)}>
            <Stack gap="xs" mt="xs">
              {scopesOf[api.kind].map((scope) => (
                <Checkbox key={scope} value={scope} label={say(`connect.scope.${scope}`)} data-testid={`scope-${scope}`} />
              ))}
            </Stack>
          </Checkbox.Group>
          <FormFoot problem={make.isError ? 'fault.notSaved' : null} submit="connect.make" busy={make.isPending} testId="make-client" onCancel={onClose} />
        </Stack>
      </form>
    </Modal>
  );
}
