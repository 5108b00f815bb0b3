import { Checkbox, TextInput, Textarea } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { api } from '../api/client';
import { open } from '../api/envelope';
import type { Session } from '../api/queries';
import type { components } from '../api/schema';
import { useText } from '../i18n/text';
import { SessionForm, useSaving } from './SessionForm';
import { fromInput, isUntouched, ownZone, toInput } from './times';

type Change = components['schemas']['UpdateSessionRequest'];

interface EditSessionProps {
  session: Session;
  onDone: () => void;
  onClose: () => void;
}

/** Title and words at any time; when it begins and ends, until it has. Another start is told to those concerned. */
export function EditSession({ session, onDone, onClose }: EditSessionProps) {
  const say = useText();
  const [starts, setStarts] = useState(toInput(session.scheduled_start_time));
  const [notify, setNotify] = useState(true);
  const isAhead = session.status === 'scheduled';
  const isMoved = isAhead && !isUntouched(starts, session.scheduled_start_time);
  const { save, fault } = useSaving(
    (body: Change) => open(api().PATCH('/sessions/{id}', { params: { path: { id: session.id } }, body })),
    onDone,
    onClose,
  );
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const given = (name: string) => ((form.get(name) ?? '') as string).trim();
    const start = fromInput(starts);
    const ends = given('ends');
    save.mutate({
      title: given('title'),
      description: given('description') || null,
      ...(isMoved && start !== null && { scheduled_start_time: start, timezone: ownZone(), notify }),
      ...(isAhead && !isUntouched(ends, session.scheduled_end_time) && { scheduled_end_time: fromInput(ends) }),
    });
  };
  return (
    <SessionForm title="session.edit" submit="action.save" saving={save} onSubmit={submit} onClose={onClose}>
      <TextInput name="title" label={say('session.name')} defaultValue={session.title} required withAsterisk={false} maxLength={200} data-autofocus error={fault?.field('title')} />
      <Textarea name="description" label={say('room.description')} defaultValue={session.description ?? ''} rows={3} maxLength={4096} />
      {isAhead && (
        <>
          <TextInput
            type="datetime-local"
            label={say('session.starts')}
            value={starts}
            onChange={(event) => setStarts(event.currentTarget.value)}
            required={session.scheduled_start_time !== null}
            withAsterisk={false}
            error={fault?.field('scheduled_start_time')}
            data-testid="starts"
          />
          <TextInput name="ends" type="datetime-local" label={say('session.ends')} defaultValue={toInput(session.scheduled_end_time)} error={fault?.field('scheduled_end_time')} />
          {isMoved && session.scheduled_start_time !== null && (
            <Checkbox label={say('session.notify')} checked={notify} onChange={(event) => setNotify(event.currentTarget.checked)} data-testid="notify" />
          )}
        </>
      )}
    </SessionForm>
  );
}
