import { Text as Words, Title } from '@mantine/core';
import { lazy, Suspense, useState, useSyncExternalStore } from 'react';
import { useIntl } from 'react-intl';
import { grantOf, type Identity, onIdentityChange } from '../../api/identity';
import type { Room, Session } from '../../api/queries';
import { useNow } from '../../components/Clock';
import { clockTime, Text, whenIn } from '../../i18n/text';
import { Replays } from './After';
import { NameForm } from './NameForm';
import classes from './Watch.module.css';

const Invitation = lazy(() => import('../../registration/Invitation'));
const Speakers = lazy(() => import('../../invited/Speakers'));
const RemindMe = lazy(() => import('../../reminders/RemindMe'));

interface BeforeProps {
  room: Room;
  session: Session;
  last: Session | undefined;
  identity: Identity;
}

export function Before({ room, session, last, identity }: BeforeProps) {
  const intl = useIntl();
  const grant = useSyncExternalStore(onIdentityChange, () => grantOf(identity));
  const [asking, setAsking] = useState(false); // for a reminder, with a name of its own
  const starts = session.scheduled_start_time;
  return (
    <div className={classes.door} data-testid="before">
      <Words c="dimmed" fw={550}>
        {room.title}
      </Words>
      <Title order={1} className={classes.big}>
        {session.title}
      </Title>
      {session.description != null && <Words maw={640}>{session.description}</Words>}
      {starts != null && (
        <Words size="lg">
          <time dateTime={starts}>{whenIn(intl, starts)}</time>
        </Words>
      )}
      <div className={`lh-card ${classes.panel}`}>
        {starts != null ? <Until starts={starts} /> : <Title order={2}><Text id="before.anytime" /></Title>}
        {grant === null ? (
          !asking && <NameForm roomId={room.id} submit="name.ready" />
        ) : (
          <Words role="status">
            <Text id="before.ready" values={{ name: grant.user.display_name ?? grant.user.username }} />
          </Words>
        )}
        <Suspense fallback={null}>
          <Invitation roomId={room.id} />
        </Suspense>
        <Suspense fallback={null}>
          <RemindMe room={room} session={session} identity={identity} onAsk={() => setAsking(true)} />
        </Suspense>
      </div>
      <Suspense fallback={null}>
        <Speakers sessionId={session.id} identity={identity} />
      </Suspense>
      {last !== undefined && <Replays session={last} room={room} identity={identity} heading="after.lastTime" />}
    </div>
  );
}

const DAY = 86_400;

function Until({ starts }: { starts: string }) {
  const seconds = Math.ceil((Date.parse(starts) - useNow()) / 1000);
  if (seconds <= 0) {
    return (
      <Title order={2}>
        <Text id="before.soon" />
      </Title>
    );
  }
  return (
    <div>
      <Words c="dimmed">
        <Text id="before.startsIn" />
      </Words>
      <p className={classes.countdown} role="timer">
        {seconds >= DAY ? <Text id="before.days" values={{ days: Math.floor(seconds / DAY) }} /> : clockTime(seconds)}
      </p>
    </div>
  );
}

export function Quiet({ room }: { room: Room }) {
  return (
    <div className={classes.door} data-testid="quiet">
      <Title order={1} className={classes.big}>
        {room.title}
      </Title>
      {room.description != null && <Words>{room.description}</Words>}
      <div className={`lh-card ${classes.panel}`}>
        <Title order={2}>
          <Text id="quiet.title" />
        </Title>
        <Words c="dimmed">
          <Text id="quiet.text" />
        </Words>
      </div>
    </div>
  );
}
