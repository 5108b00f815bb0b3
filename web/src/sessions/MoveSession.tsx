import { Checkbox, Text as Words, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useIntl } from 'react-intl';
import { api } from '../api/client';
import { open } from '../api/envelope';
import type { Session } from '../api/queries';
import type { components } from '../api/schema';
import { shortWhen, Text, useText } from '../i18n/text';
import { SessionForm, useSaving } from './SessionForm';
import { fromInput, isUntouched, moved, ownZone, toInput } from './times';

type Move = components['schemas']['RescheduleSessionRequest'];

interface MoveSessionProps {
  session: Session;
  onDone: () => void;
  onClose: () => void;
}

/** Another time and nothing else. The end goes along with the start, until somebody sets it. */
export function MoveSession({ session, onDone, onClose }: MoveSessionProps) {
  const say = useText();
  const intl = useIntl();
  const before = session.scheduled_start_time;
  const [starts, setStarts] = useState(toInput(before));
  const [ends, setEnds] = useState<string | null>(null);
  const [notify, setNotify] = useState(true);
  const end = ends ?? toInput(moved(session.scheduled_end_time, before, fromInput(starts)));
  const { save, fault } = useSaving(
    (body: Move) => open(api().PATCH('/sessions/{id}/reschedule', { params: { path: { id: session.id } }, body })),
    onDone,
    onClose,
  );
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const start = fromInput(starts);
    if (start === null) return;
    // The zone in which letters tell the time is that of whoever has set it.
    const zone = isUntouched(starts, before) ? {} : { timezone: ownZone() };
    save.mutate({ scheduled_start_time: start, scheduled_end_time: fromInput(end), ...zone, notify });
  };
  return (
    <SessionForm title="session.move" submit="session.move.yes" saving={save} onSubmit={submit} onClose={onClose}>
      <Words size="sm" c="dimmed">
        {before == null ? <Text id="session.move.noTime" /> : <Text id="session.move.text" values={{ when: shortWhen(intl, before) }} />}
      </Words>
      <TextInput
        type="datetime-local"
        label={say('session.move.starts')}
        value={starts}
        onChange={(event) => setStarts(event.currentTarget.value)}
        required
        withAsterisk={false}
        data-autofocus
        error={fault?.field('scheduled_start_time')}
        data-testid="move-starts"
      />
      <TextInput type="datetime-local" label={say('session.ends')} value={end} onChange={(event) => setEnds(event.currentTarget.value)} error={fault?.field('scheduled_end_time')} data-testid="move-ends" />
      <Checkbox label={say('session.notify')} checked={notify} onChange={(event) => setNotify(event.currentTarget.checked)} data-testid="move-notify" />
    </SessionForm>
  );
}
