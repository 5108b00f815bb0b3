import '../theme/dialogs';
import { Anchor, Button, Group, Modal, Text as Words, Title } from '@mantine/core';
import { IconCalendarPlus } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Suspense, useState } from 'react';
import { useIntl } from 'react-intl';
import { Link, useLocation, useNavigate } from 'react-router';
import { enterByLink } from '../api/client';
import { Fault } from '../api/envelope';
import { LiveBadge } from '../components/LiveBadge';
import { Shell } from '../components/Shell';
import { FaultState, LoadingPage, LoadingRows, State } from '../components/states';
import { PanelWords } from '../i18n/PanelWords';
import { type MessageId, Text, useText, whenIn } from '../i18n/text';
import { AskAgain } from './AskAgain';
import { cancelOwn, type Own, own as ownQuery, ownCalendar, registrationKeys, type Status } from './calls';
import { save } from './file';
import classes from './Registration.module.css';

/** The registrant's own page, by the personal link. The token stays in the fragment: no server logs it. */
export default function RegisteredPage() {
  return (
    <Suspense fallback={<LoadingPage />}>
      <PanelWords>
        <Registered />
      </PanelWords>
    </Suspense>
  );
}

const OFTEN = 15_000; // ms

function Registered() {
  const token = useLocation().hash.slice(1);
  const own = useQuery({ ...ownQuery(token), refetchInterval: OFTEN, enabled: token !== '' });
  const isWrong = token === '' || (own.error instanceof Fault && own.error.status < 500);
  return (
    <Shell title="registration.own" bar={null}>
      {isWrong && <State title="registration.wrongLink" text="registration.wrongLink.text" />}
      {!isWrong && own.isError && <FaultState error={own.error} retry={() => void own.refetch()} inner={false} />}
      {!isWrong && own.isPending && <LoadingRows rows={2} height={160} />}
      {own.data !== undefined && <OwnPage own={own.data} token={token} />}
    </Shell>
  );
}

const says: Record<Status, { title: MessageId; text: MessageId }> = {
  approved: { title: 'registration.own.approved', text: 'registration.own.approved.text' },
  pending: { title: 'registration.own.pending', text: 'registration.own.pending.text' },
  denied: { title: 'registration.own.denied', text: 'registration.own.denied.text' },
  cancelled: { title: 'registration.own.cancelled', text: 'registration.own.cancelled.text' },
};

function OwnPage({ own, token }: { own: Own; token: string }) {
  const name = `${own.first_name ?? ''} ${own.last_name ?? ''}`.trim();
  const counts = own.status === 'approved' || own.status === 'pending';
  const calendar = useMutation({
    mutationFn: () => ownCalendar(token),
    onSuccess: (file) => save(file, 'sessions.ics', 'text/calendar;charset=utf-8'),
  });
  return (
    <div className={classes.page} data-testid="own-registration" data-status={own.status}>
      <header>
        <Words c="dimmed" fw={550}>
          {own.room.title}
        </Words>
        <Title order={1}>
          <Text id={says[own.status].title} />
        </Title>
        <Words mt="xs">
          <Text id={says[own.status].text} />
        </Words>
        <Words c="dimmed" size="sm" mt="xs">
          <Text id="registration.own.as" values={{ name, email: own.email ?? '' }} />
        </Words>
      </header>
      {counts && own.consent?.is_outdated === true && <AskAgain token={token} />}
      {own.status === 'approved' && <Enter own={own} token={token} />}
      {counts && <Sessions own={own} />}
      <Group>
        {counts && own.calendar_url != null && (
          <Button variant="default" loading={calendar.isPending} onClick={() => calendar.mutate()} leftSection={<IconCalendarPlus size={18} aria-hidden />} data-testid="own-calendar">
            <Text id="registration.calendar" />
          </Button>
        )}
        {counts ? (
          <Cancel token={token} />
        ) : (
          <Anchor component={Link} to={`/r/${own.room.id}`}>
            <Text id="registration.again" />
          </Anchor>
        )}
      </Group>
    </div>
  );
}

function Sessions({ own }: { own: Own }) {
  const intl = useIntl();
  if (own.sessions.length === 0) {
    return (
      <Words c="dimmed">
        <Text id="registration.own.nothing" />
      </Words>
    );
  }
  return (
    <ul className={classes.sessions}>
      {own.sessions.map((each) => (
        <li key={each.id} className={`lh-card ${classes.session}`}>
          <div className={classes.words}>
            <Words fw={600}>{each.title}</Words>
            <Words size="sm" c="dimmed">
              {each.scheduled_start_time == null ? (
                <Text id="session.anytime" />
              ) : (
                <time dateTime={each.scheduled_start_time}>{whenIn(intl, each.scheduled_start_time)}</time>
              )}
            </Words>
          </div>
          {each.status === 'live' && <LiveBadge />}
        </li>
      ))}
    </ul>
  );
}

/** The one loud button: it makes this browser the registrant, and opens the room. */
function Enter({ own, token }: { own: Own; token: string }) {
  const navigate = useNavigate();
  const enter = useMutation({
    mutationFn: () => enterByLink(token),
    onSuccess: () => void navigate(`/w/${own.room.id}`),
  });
  const isStaff = enter.error instanceof Fault && enter.error.code === 'sign_in_required';
  return (
    <div>
      <Button size="md" loading={enter.isPending} onClick={() => enter.mutate()} data-testid="enter-by-link">
        <Text id="registration.enter" />
      </Button>
      {enter.isError && (
        <p className={classes.problem} role="alert">
          <Text id={isStaff ? 'registration.signIn' : 'fault.other.text'} />
        </p>
      )}
    </div>
  );
}

function Cancel({ token }: { token: string }) {
  const say = useText();
  const cache = useQueryClient();
  const [asks, setAsks] = useState(false);
  const cancel = useMutation({
    mutationFn: () => cancelOwn(token),
    onSuccess: () => {
      setAsks(false);
      void cache.invalidateQueries({ queryKey: registrationKeys.own(token) });
    },
  });
  return (
    <>
      <Button variant="subtle" color="gray" c="inherit" onClick={() => setAsks(true)} data-testid="cancel-own">
        <Text id="registration.cancel" />
      </Button>
      <Modal opened={asks} onClose={() => setAsks(false)} title={<Text id="registration.cancel.title" />} closeButtonProps={{ 'aria-label': say('action.close') }}>
        <Words>
          <Text id="registration.cancel.text" />
        </Words>
        {cancel.isError && (
          <p className={classes.problem} role="alert">
            <Text id="fault.notSaved" />
          </p>
        )}
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={() => setAsks(false)}>
            <Text id="registration.cancel.keep" />
          </Button>
          <Button color="red" loading={cancel.isPending} onClick={() => cancel.mutate()} data-testid="confirm-cancel-own">
            <Text id="registration.cancel" />
          </Button>
        </Group>
      </Modal>
    </>
  );
}
