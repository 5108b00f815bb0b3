import { Text as Words, TextInput } from '@mantine/core';
import type { FormEvent } from 'react';
import { api } from '../api/client';
import { open } from '../api/envelope';
import type { Session } from '../api/queries';
import type { components } from '../api/schema';
import { Text, useText } from '../i18n/text';
import { SessionForm, useSaving } from './SessionForm';
import { fromInput } from './times';

type Copy = components['schemas']['DuplicateSessionRequest'];

interface CopySessionProps {
  session: Session;
  onDone: () => void;
  onClose: () => void;
}

/** The same once more: settings, polls and speakers go along, people and answers do not. */
export function CopySession({ session, onDone, onClose }: CopySessionProps) {
  const say = useText();
  const { save, fault } = useSaving(
    (body: Copy) => open(api().POST('/sessions/{id}/duplicate', { params: { path: { id: session.id } }, body })),
    onDone,
    onClose,
  );
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    save.mutate({ title: (form.get('title') as string).trim(), scheduled_start_time: fromInput(form.get('starts') as string) });
  };
  return (
    <SessionForm title="session.copy" submit="session.copy.yes" saving={save} onSubmit={submit} onClose={onClose}>
      <Words size="sm" c="dimmed">
        <Text id="session.copy.text" />
      </Words>
      <TextInput name="title" label={say('session.name')} defaultValue={session.title} required withAsterisk={false} maxLength={200} data-autofocus error={fault?.field('title')} />
      <TextInput name="starts" type="datetime-local" label={say('session.starts')} error={fault?.field('scheduled_start_time')} />
    </SessionForm>
  );
}
