import { Alert, Button, Group, Stack, Text as Words, Title } from '@mantine/core';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { grantOf } from '../api/identity';
import type { Session } from '../api/queries';
import { Chat } from '../components/Chat';
import { Elapsed } from '../components/Clock';
import { CopyField } from '../components/CopyField';
import { LiveBadge } from '../components/LiveBadge';
import { Shell } from '../components/Shell';
import { SideTabs } from '../components/SideTabs';
import { LoadingRows } from '../components/states';
import { useChat } from '../components/useChat';
import { ViewerCount } from '../components/ViewerCount';
import { Text, useText } from '../i18n/text';
import { EndedStudio } from '../pages/studio/EndedStudio';
import studio from '../pages/studio/Studio.module.css';
import { problemWords } from '../pages/studio/words';
import { EndDialog } from '../sessions/EndDialog';
import classes from './Encoder.module.css';
import { KeyField } from './KeyField';
import { StreamState } from './StreamState';
import { type EncoderControl, useEncoder } from './useEncoder';

const StudioStaff = lazy(() => import('../staff/StudioStaff'));
const StudioStreams = lazy(() => import('../streaming/StudioStreams'));
const StudioPolls = lazy(() => import('../polls/StudioPolls'));

/** The studio of a session whose picture comes from OBS or another encoder. */
export default function EncoderStudio({ session }: { session: Session }) {
  const encoder = useEncoder(session);
  const [ending, setEnding] = useState(false);
  const { view } = encoder;
  const say = useText();
  if (view.status === 'ended' || view.status === 'cancelled') return <EndedStudio session={session} view={view} />;
  const isLive = view.status === 'live';
  return (
    <Shell title="studio.tab" values={{ title: view.title }} wide bar={<Bar encoder={encoder} onEnd={() => setEnding(true)} />}>
      <div className={classes.page}>
        <section className={`lh-card ${classes.main}`} aria-label={say('encoder.title')}>
          <Stage session={session} encoder={encoder} />
        </section>
        <aside className={`lh-card ${classes.side}`} aria-label={say('studio.side')}>
          <SideTabs
            label={say('studio.side')}
            tabs={[
              ...(isLive ? [{ id: 'talk', title: 'chat.title', content: <EncoderChat sessionId={session.id} /> } as const] : []),
              { id: 'obs', title: 'encoder.obs', content: <Guide mode={session.mode} /> },
              {
                id: 'polls',
                title: 'polls.title',
                content: (
                  <Suspense fallback={<LoadingRows rows={2} />}>
                    <StudioPolls sessionId={session.id} isOpen={isLive} />
                  </Suspense>
                ),
              },
              {
                id: 'staff',
                title: 'staff.title',
                content: (
                  <Suspense fallback={<LoadingRows rows={2} />}>
                    <StudioStaff sessionId={session.id} />
                  </Suspense>
                ),
              },
              ...(isLive
                ? [
                    {
                      id: 'streams',
                      title: 'streaming.title',
                      content: (
                        <Suspense fallback={<LoadingRows rows={2} />}>
                          <StudioStreams sessionId={session.id} roomId={session.room_id} />
                        </Suspense>
                      ),
                    } as const,
                  ]
                : []),
            ]}
            key={isLive ? 'live' : 'before'}
          />
        </aside>
      </div>
      <EndDialog
        opened={ending}
        onClose={() => setEnding(false)}
        onEnd={() => {
          setEnding(false);
          void encoder.end();
        }}
      />
    </Shell>
  );
}

function Bar({ encoder, onEnd }: { encoder: EncoderControl; onEnd: () => void }) {
  const { view } = encoder;
  if (view.status !== 'live') {
    return (
      <Words fw={600} truncate>
        {view.title}
      </Words>
    );
  }
  return (
    <Group gap="md" wrap="nowrap" className={studio.bar}>
      <LiveBadge />
      {view.startedAt !== null && <Elapsed since={view.startedAt} />}
      <ViewerCount count={view.viewers.count} />
      <div className={studio.what}>
        <Words size="sm" fw={600} truncate title={view.title}>
          {view.title}
        </Words>
      </div>
      <Button variant="default" ml="auto" onClick={onEnd} data-testid="end-session">
        <Text id="studio.end" />
      </Button>
    </Group>
  );
}

function Stage({ session, encoder }: { session: Session; encoder: EncoderControl }) {
  const say = useText();
  const { view, address, busy, problem, health } = encoder;
  const state = health?.stream_state ?? view.streamState;
  const isOpen = view.status !== 'scheduled';
  return (
    <>
      <div>
        <Title order={1} size="h2">
          <Text id={view.status === 'live' ? 'encoder.live' : 'encoder.title'} />
        </Title>
        <Words c="dimmed" mt={4}>
          <Text id={isOpen ? 'encoder.text.open' : 'encoder.text'} />
        </Words>
      </div>
      {problem != null && (
        <Alert color="signal" role="alert" withCloseButton closeButtonLabel={say('action.close')} onClose={encoder.dismissProblem} data-testid="studio-problem">
          <Text id={problemWords(problem)} />
        </Alert>
      )}
      {!isOpen && (
        <Act testId="open-encoder" busy={busy} onClick={() => void encoder.begin()}>
          <Text id="encoder.open" />
        </Act>
      )}
      {isOpen && address !== null && (
        <Stack gap="sm" data-testid="encoder-address">
          <CopyField label={say('encoder.server')} value={address.url} />
          {address.key === null ? (
            <Words size="sm" c="dimmed">
              <Text id="encoder.key.hostOnly" />
            </Words>
          ) : (
            <KeyField label={say(session.mode === 'whip' ? 'encoder.token' : 'encoder.key')} value={address.key} />
          )}
        </Stack>
      )}
      {isOpen && <StreamState state={state} health={health} />}
      {view.status === 'backstage' && (
        <Act testId="go-live" busy={busy} disabled={state !== 'active'} onClick={() => void encoder.goLive()}>
          <Text id="backstage.goLive" />
        </Act>
      )}
      <CopyField label={say('room.shareLink')} value={`${window.location.origin}/w/${session.room_id}`} />
    </>
  );
}

interface ActProps {
  testId: string;
  busy: boolean;
  disabled?: boolean;
  onClick: () => void;
  children: ReactNode;
}

function Act({ testId, busy, disabled = false, onClick, children }: ActProps) {
  return (
    <Button size="lg" onClick={onClick} loading={busy} disabled={disabled} data-testid={testId}>
      {children}
    </Button>
  );
}

const STEPS = ['1', '2', '3', '4'] as const;

/** What to enter in OBS, in the words of its own settings. */
function Guide({ mode }: { mode: Session['mode'] }) {
  return (
    <Stack p="lg" gap="md">
      <ol className={classes.steps}>
        {STEPS.map((step) => (
          <li key={step}>
            <Text id={mode === 'whip' ? `encoder.whip.${step}` : `encoder.rtmp.${step}`} />
          </li>
        ))}
      </ol>
      <Words size="sm" c="dimmed">
        <Text id={mode === 'whip' ? 'encoder.whip.note' : 'encoder.rtmp.note'} />
      </Words>
    </Stack>
  );
}

function EncoderChat({ sessionId }: { sessionId: string }) {
  const { log, outbox } = useChat(sessionId, 'account', true);
  return <Chat log={log} outbox={outbox} me={grantOf('account')?.user.id ?? null} closed={null} />;
}
