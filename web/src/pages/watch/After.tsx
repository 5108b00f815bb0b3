import { Button, Group, Text as Words, Title } from '@mantine/core';
import { IconPlayerPlay } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { useIntl } from 'react-intl';
import { Link } from 'react-router';
import { grantOf, type Identity, onIdentityChange } from '../../api/identity';
import { type Recording, recordings as recordingsQuery, type Room, type Session } from '../../api/queries';
import { clockTime, type MessageId, Text, whenIn } from '../../i18n/text';
import { NameForm } from './NameForm';
import classes from './Watch.module.css';

const ASK_AGAIN = 4000; // ms, while a recording may still be on its way

interface AfterProps {
  room: Room;
  session: Session;
  next: Session | undefined;
  identity: Identity;
}

export function After({ room, session, next, identity }: AfterProps) {
  const intl = useIntl();
  return (
    <div className={classes.door} data-testid="after">
      <Words c="dimmed" fw={550}>
        {room.title}
      </Words>
      <Title order={1} className={classes.big}>
        <Text id="after.title" values={{ title: session.title }} />
      </Title>
      <Replays session={session} room={room} identity={identity} heading="after.replay" />
      <div className={`lh-card ${classes.panel}`}>
        <Title order={2}>
          <Text id="after.next" />
        </Title>
        <Words>
          {next?.scheduled_start_time == null ? (
            <Text id={next === undefined ? 'after.noNext' : 'after.nextAnytime'} />
          ) : (
            <>
              {next.title} · <time dateTime={next.scheduled_start_time}>{whenIn(intl, next.scheduled_start_time)}</time>
            </>
          )}
        </Words>
      </div>
    </div>
  );
}

interface ReplaysProps {
  session: Session;
  room: Room;
  identity: Identity;
  heading: MessageId;
}

/** What can be watched again, or when to come back. The name is asked first where nobody is known. */
export function Replays({ session, room, identity, heading }: ReplaysProps) {
  const known = useSyncExternalStore(onIdentityChange, () => grantOf(identity) !== null);
  const list = useQuery({
    ...recordingsQuery(session.id, identity),
    enabled: known,
    refetchInterval: ({ state }) => (state.data?.some((each) => each.status === 'ready') === true ? false : ASK_AGAIN),
  });
  if (list.isError || (!known && !session.recording_enabled)) return null;
  return (
    <div className={`lh-card ${classes.panel}`}>
      <Title order={2}>
        <Text id={heading} values={{ title: session.title }} />
      </Title>
      {known ? <ReplayList session={session} room={room} list={list.data} /> : <NameForm roomId={room.id} submit="name.watch" />}
    </div>
  );
}

export function ReplayList({ session, room, list }: { session: Session; room: Room; list: Recording[] | undefined }) {
  const ready = list?.filter((each) => each.status === 'ready') ?? [];
  return (
    <>
      {ready.map((recording) => (
        <Group key={recording.id} justify="space-between">
          <Words className="lh-figures">
            <Text id="recording.ready" values={{ duration: clockTime(recording.duration) }} />
          </Words>
          <Button component={Link} to={`/w/${room.id}/replay/${recording.id}`} leftSection={<IconPlayerPlay size={18} aria-hidden />} data-testid="watch-replay">
            <Text id="recording.watch" />
          </Button>
        </Group>
      ))}
      {ready.length === 0 && (
        <Words c="dimmed" role="status">
          <Text id={waitingWords(session, list)} />
        </Words>
      )}
    </>
  );
}

function waitingWords(session: Session, list: Recording[] | undefined): MessageId {
  if (list?.some((each) => each.status !== 'failed') === true) return 'recording.preparing';
  return session.recording_enabled ? 'after.notYet' : 'after.notRecorded';
}
