import { Text as Words, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Suspense, useState } from 'react';
import { useIntl } from 'react-intl';
import { useParams, useSearchParams } from 'react-router';
import { room as roomQuery, roomSessions, type Session } from '../api/queries';
import { Shell } from '../components/Shell';
import { FaultState, LoadingPage, LoadingRows, State } from '../components/states';
import { PanelWords } from '../i18n/PanelWords';
import { shortWhen, Text } from '../i18n/text';
import { Done } from './Done';
import { form as formQuery, type Registered } from './calls';
import { RegisterForm } from './RegisterForm';
import classes from './Registration.module.css';

/** Where anybody registers for a room, or with `?session=` for one of its sessions. */
export default function RegisterPage() {
  return (
    <Suspense fallback={<LoadingPage />}>
      <PanelWords>
        <Register />
      </PanelWords>
    </Suspense>
  );
}

function Register() {
  const { roomId = '' } = useParams();
  const [query] = useSearchParams();
  const sessionId = query.get('session');
  const room = useQuery(roomQuery(roomId, 'viewer'));
  const form = useQuery(formQuery(roomId));
  const sessions = useQuery(roomSessions(roomId, 'viewer'));
  const [registered, setRegistered] = useState<Registered | null>(null);
  const error = room.error ?? form.error;

  if (error !== null || room.data === undefined || form.data === undefined) {
    return (
      <Shell title="registration.title" bar={null}>
        {error !== null ? <FaultState error={error} retry={() => void Promise.all([room.refetch(), form.refetch()])} inner={false} /> : <LoadingRows rows={2} height={200} />}
      </Shell>
    );
  }
  const coming = (sessions.data ?? []).filter((each) => isComing(each) && (sessionId === null || each.id === sessionId)).reverse();
  return (
    <Shell title="registration.tab" values={{ title: room.data.title }} bar={null}>
      <div className={classes.page}>
        <header>
          <Words c="dimmed" fw={550}>
            <Text id="registration.title" />
          </Words>
          <Title order={1}>{room.data.title}</Title>
          {room.data.description != null && <Words mt="xs">{room.data.description}</Words>}
        </header>
        {registered !== null ? (
          <Done registered={registered} />
        ) : (
          <>
            {coming.length > 0 && <Coming sessions={coming} />}
            {form.data.is_open ? (
              <RegisterForm roomId={roomId} sessionId={sessionId} form={form.data} onDone={setRegistered} onStale={() => void form.refetch()} />
            ) : (
              <div className="lh-card" data-testid="registration-closed">
                <State
                  title={form.data.places_left === 0 ? 'registration.full' : 'registration.closed'}
                  text={form.data.mode === 'none' ? 'registration.none.text' : 'registration.closed.text'}
                  inner
                />
              </div>
            )}
          </>
        )}
      </div>
    </Shell>
  );
}

const isComing = (session: Session) => session.status !== 'ended' && session.status !== 'cancelled';

function Coming({ sessions }: { sessions: Session[] }) {
  const intl = useIntl();
  return (
    <ul className={classes.sessions}>
      {sessions.map((each) => (
        <li key={each.id} className={`lh-card ${classes.session}`}>
          <div className={classes.words}>
            <Words fw={600}>{each.title}</Words>
            <Words size="sm" c="dimmed">
              {each.scheduled_start_time == null ? <Text id="session.anytime" /> : shortWhen(intl, each.scheduled_start_time)}
            </Words>
          </div>
        </li>
      ))}
    </ul>
  );
}
