import { Button, Text as Words, TextInput } from '@mantine/core';
import { IconBell, IconBellCheck, IconCalendarPlus } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { useIntl } from 'react-intl';
import { Fault } from '../api/envelope';
import { grantOf, type Identity, onIdentityChange } from '../api/identity';
import type { Room, Session } from '../api/queries';
import { PanelWords } from '../i18n/PanelWords';
import { type MessageId, Text, useText } from '../i18n/text';
import { calendarOf, forget, remind, remindAt, reminders } from './calls';
import classes from './RemindMe.module.css';

interface RemindMeProps {
  room: Room;
  session: Session;
  identity: Identity;
  /** A form opens here that asks for the name, too. */
  onAsk: () => void;
}

/** Before the start: have oneself reminded, and take the session into the own calendar. */
export default function RemindMe({ room, session, identity, onAsk }: RemindMeProps) {
  const grant = useSyncExternalStore(onIdentityChange, () => grantOf(identity));
  const isOpen = room.visibility === 'public' || room.visibility === 'unlisted';
  return (
    <PanelWords>
      <div className={classes.row} data-testid="reminders">
        {grant === null ? <Asking roomId={room.id} needsName onAsk={onAsk} /> : <Wish room={room} identity={identity} hasAddress={grant.user.email != null} />}
        {session.scheduled_start_time != null && isOpen && (
          <Button component="a" href={calendarOf(session.id)} download="session.ics" variant="subtle" leftSection={<IconCalendarPlus size={18} aria-hidden />} data-testid="add-to-calendar">
            <Text id="reminders.calendar" />
          </Button>
        )}
      </div>
    </PanelWords>
  );
}

function Wish({ room, identity, hasAddress }: { room: Room; identity: Identity; hasAddress: boolean }) {
  const cache = useQueryClient();
  const { locale } = useIntl();
  const query = reminders(room.id, identity);
  const status = useQuery(query);
  const ask = useMutation({
    mutationFn: () => remind(room.id, identity, locale),
    onSuccess: (given) => cache.setQueryData(query.queryKey, given),
  });
  const stop = useMutation({
    mutationFn: () => forget(room.id, identity),
    onSuccess: () => cache.invalidateQueries({ queryKey: query.queryKey }),
  });
  if (status.data === undefined) return null;
  if (status.data.subscribed) {
    const minutes = status.data.lead_times.at(-1) ?? 0;
    const words: MessageId = status.data.channels.includes('email') ? 'reminders.byMail' : 'reminders.here';
    return (
      <div className={classes.given} data-testid="reminded">
        <Words role="status" className={classes.words}>
          <IconBellCheck size={20} aria-hidden />
          <Text id={words} values={{ minutes }} />
        </Words>
        <Button variant="subtle" loading={stop.isPending} onClick={() => stop.mutate()} data-testid="remind-stop">
          <Text id="reminders.stop" />
        </Button>
        {stop.isError && <Problem id="fault.unreachable.text" />}
      </div>
    );
  }
  if (!hasAddress && identity === 'viewer') return <Asking roomId={room.id} needsName={false} />;
  return (
    <>
      <Button variant="default" leftSection={<IconBell size={18} aria-hidden />} loading={ask.isPending} onClick={() => ask.mutate()} data-testid="remind-me">
        <Text id="reminders.ask" />
      </Button>
      {ask.isError && <Problem id="fault.unreachable.text" />}
    </>
  );
}

/** For somebody whose address is not known: the question comes only when the button was pressed. */
function Asking({ roomId, needsName, onAsk }: { roomId: string; needsName: boolean; onAsk?: () => void }) {
  const [opened, setOpened] = useState(false);
  const open = () => {
    setOpened(true);
    onAsk?.();
  };
  if (opened) return <Address roomId={roomId} needsName={needsName} />;
  return (
    <Button variant="default" leftSection={<IconBell size={18} aria-hidden />} onClick={open} data-testid="remind-me">
      <Text id="reminders.ask" />
    </Button>
  );
}

function Address({ roomId, needsName }: { roomId: string; needsName: boolean }) {
  const say = useText();
  const { locale } = useIntl();
  const cache = useQueryClient();
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []); // the button that had the focus is gone
  const ask = useMutation({
    mutationFn: ({ name, email }: { name: string; email: string }) => remindAt(email, name, roomId, locale),
    onSuccess: (given) => cache.setQueryData(reminders(roomId, 'viewer').queryKey, given),
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    ask.mutate({ name: ((form.get('name') as string | null) ?? '').trim(), email: (form.get('email') as string).trim() });
  };
  return (
    <form onSubmit={submit} className={classes.form}>
      {needsName && <TextInput name="name" label={say('name.label')} required withAsterisk={false} maxLength={100} autoComplete="nickname" ref={needsName ? first : undefined} />}
      <TextInput
        name="email"
        type="email"
        label={say('reminders.address')}
        description={say('reminders.address.hint')}
        required
        withAsterisk={false}
        maxLength={254}
        autoComplete="email"
        ref={needsName ? undefined : first}
        error={ask.isError && say(problemOf(ask.error))}
        data-testid="remind-address"
      />
      <Button type="submit" loading={ask.isPending} data-testid="remind-submit">
        <Text id="reminders.ask" />
      </Button>
    </form>
  );
}

function problemOf(error: unknown): MessageId {
  if (!(error instanceof Fault) || error.status >= 500) return 'fault.unreachable.text';
  return error.code === 'already_exists' ? 'reminders.address.known' : 'reminders.address.refused';
}

function Problem({ id }: { id: MessageId }) {
  return (
    <Words role="alert" size="sm">
      <Text id={id} />
    </Words>
  );
}
