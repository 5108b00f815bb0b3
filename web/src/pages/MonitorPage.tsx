import { Button, Group, Text as Words, Title } from '@mantine/core';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { Link, useParams } from 'react-router';
import { api } from '../api/client';
import { Fault, open } from '../api/envelope';
import { keys, session as sessionQuery } from '../api/queries';
import { LiveBadge } from '../components/LiveBadge';
import { BackLink, Shell } from '../components/Shell';
import { Empty, FaultState, LoadingRows } from '../components/states';
import { ViewerCount } from '../components/ViewerCount';
import { PanelWords } from '../i18n/PanelWords';
import { Text, useText } from '../i18n/text';
import classes from './MonitorPage.module.css';

const LivePlayer = lazy(() => import('./watch/WatchPage').then(({ player }) => player()));

const AGAIN = 10_000; // ms: nothing tells an observer that it began or ended

/** A token is for one connection: it is not asked for anew while it is in use. */
const monitor = (id: string, attempt: number) =>
  queryOptions({
    queryKey: [...keys.session(id), 'monitor', attempt],
    queryFn: () => open(api().GET('/sessions/{id}/monitor-token', { params: { path: { id } } })),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnReconnect: false,
    retry: false,
  });

export default function MonitorPage() {
  return (
    <PanelWords>
      <Monitor />
    </PanelWords>
  );
}

/** What the audience sees and hears, for those who run the session; nobody sees or counts who looks. */
function Monitor() {
  const { sessionId = '' } = useParams();
  const session = useQuery({ ...sessionQuery(sessionId), refetchInterval: AGAIN });
  const isOpen = session.data?.status === 'live' || session.data?.status === 'backstage';
  return (
    <Shell title="monitor.tab" values={{ title: session.data?.title ?? '…' }}>
      {session.isPending && <LoadingRows rows={2} height={240} />}
      {session.isError && session.data === undefined && <FaultState error={session.error} retry={() => void session.refetch()} inner={false} />}
      {session.data !== undefined && (
        <>
          <BackLink to={`/rooms/${session.data.room_id}`} id="report.toRoom" />
          <Group gap="md" mt={4}>
            <Title order={1}>{session.data.title}</Title>
            {session.data.status === 'live' && <LiveBadge />}
            {session.data.status === 'live' && <ViewerCount count={session.data.viewer_count} />}
          </Group>
          {isOpen && (
            <Words c="dimmed" mb="lg">
              <Text id="monitor.text" />
            </Words>
          )}
          {isOpen && <Programme sessionId={sessionId} />}
          {session.data.status === 'scheduled' && <Empty title="monitor.notYet" text="monitor.notYet.text" />}
          {session.data.status === 'cancelled' && <Empty title="status.cancelled" text="monitor.cancelled.text" />}
          {session.data.status === 'ended' && (
            <Empty
              title="monitor.over"
              text="monitor.over.text"
              action={
                <Button component={Link} to={`/reports/${sessionId}`} variant="default">
                  <Text id="room.toReport" />
                </Button>
              }
            />
          )}
        </>
      )}
    </Shell>
  );
}

function Programme({ sessionId }: { sessionId: string }) {
  const say = useText();
  const [attempt, setAttempt] = useState(0);
  const [isAway, setIsAway] = useState(false);
  const access = useQuery(monitor(sessionId, attempt));
  const again = () => {
    setIsAway(false);
    setAttempt((before) => before + 1);
  };
  if (access.isError || isAway) {
    return <FaultState error={access.error ?? new Fault(502, { code: 'media_unavailable', message: '' })} retry={again} />;
  }
  return (
    <div className={classes.picture} role="region" aria-label={say('watch.programme')} data-testid="monitor">
      {access.data !== undefined && (
        <Suspense>
          <LivePlayer
            key={access.data.token}
            sessionId={sessionId}
            url={access.data.livekit_url}
            token={access.data.token}
            onPicture={nothing}
            onRoom={nothing}
            onUnreachable={() => setIsAway(true)}
            onEnding={() => setIsAway(true)}
          />
        </Suspense>
      )}
    </div>
  );
}

const nothing = () => undefined;
