import { ActionIcon, Alert, Button, Group, Text as Words, Tooltip } from '@mantine/core';
import {
  IconCamera, IconCameraOff, IconKeyboard, IconMicrophone, IconMicrophoneOff, IconPlayerRecord, IconPlayerStop,
  IconScreenShare, IconScreenShareOff,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { lazy, type ReactNode, Suspense, useEffect, useState } from 'react';
import { grantOf } from '../../api/identity';
import type { Session } from '../../api/queries';
import { Chat } from '../../components/Chat';
import { Elapsed } from '../../components/Clock';
import { ConnectionWords } from '../../components/ConnectionWords';
import { LiveBadge, RecordingSign } from '../../components/LiveBadge';
import { Shell } from '../../components/Shell';
import { Shortcuts } from '../../components/Shortcuts';
import { SideTabs } from '../../components/SideTabs';
import { LoadingRows } from '../../components/states';
import { useChat } from '../../components/useChat';
import { ViewerCount } from '../../components/ViewerCount';
import { waiting as atDoor } from '../../moderation/usePeople';
import { type MessageId, Text, useText } from '../../i18n/text';
import { accountOf } from '../../media/account';
import type { PublishSettings } from '../../media/settings';
import { useKnownQuestions } from '../../questions/useKnownQuestions';
import { EndDialog } from '../../sessions/EndDialog';
import type { Self } from '../../stage/StudioStage';
import { useStage } from '../../stage/useStage';
import { outputs } from '../../streaming/calls';
import { failures } from '../../streaming/streams';
import { AudienceLink } from './AudienceLink';
import { Backstage } from './Backstage';
import { Countdown } from './Countdown';
import { Devices } from './Devices';
import { EndedStudio } from './EndedStudio';
import { problemWords, studioLink } from './words';
import { Preview } from './Preview';
import classes from './Studio.module.css';
import { type StudioControl, useStudio } from './useStudio';

const StudioStage = lazy(() => import('../../stage/StudioStage'));
const StageGuests = lazy(() => import('../../stage/StageGuests'));
const StudioPolls = lazy(() => import('../../polls/StudioPolls'));
const StudioQuestions = lazy(() => import('../../questions/StudioQuestions'));
const StudioStaff = lazy(() => import('../../staff/StudioStaff'));
const StudioPeople = lazy(() => import('../../moderation/StudioPeople'));
const Applause = lazy(() => import('../../applause/Applause'));
const StudioStreams = lazy(() => import('../../streaming/StudioStreams'));
const AttachFile = lazy(() => import('../../components/AttachFile'));
const MessageTools = lazy(() => import('../../moderation/MessageTools'));

export function Studio({ session, settings }: { session: Session; settings: PublishSettings }) {
  const studio = useStudio(session, settings);
  const { phase, view, local } = studio;
  const [counting, setCounting] = useState(false);
  const [ending, setEnding] = useState(false);
  const { hands, requests } = useStage(session.id);
  const knocking = useQuery(atDoor(session.id)).data?.pagination.total ?? 0;
  const waiting = hands.length + requests.length;
  const asked = useKnownQuestions(session.id).filter(({ state }) => state === 'pending' || state === 'published').length;
  const failed = failures(useQuery({ ...outputs(session.id), enabled: phase === 'live' }).data ?? []);
  const say = useText();
  useWarningBeforeLeaving(phase === 'live');

  if (phase === 'ended') return <EndedStudio session={session} view={view} />;
  return (
    <Shell title="studio.tab" values={{ title: view.title }} wide bar={<LiveBar studio={studio} roomId={session.room_id} onEnd={() => setEnding(true)} />}>
      {phase === 'live' && <h1 className={classes.unseen}>{view.title}</h1>}
      <OnAirAnnouncement phase={phase} />
      <div className={classes.studio} data-phase={phase}>
        <section className={classes.stage} aria-label={say('studio.picture')}>
          <div className={classes.picture}>
            <Preview track={studio.outgoing.screen ?? local.camera.track} on={studio.outgoing.screen !== null || local.camera.on} fault={local.camera.fault} opening={local.camera.opening} isScreen={studio.outgoing.screen !== null} />
            {counting && (
              <Countdown
                onDone={() => {
                  setCounting(false);
                  void studio.goLive();
                }}
                onStop={() => setCounting(false)}
              />
            )}
            {phase === 'live' && (
              <Suspense>
                <Applause sessionId={session.id} identity="account" canReact={false} />
              </Suspense>
            )}
          </div>
          {studio.outgoing.room !== null && (
            <Suspense>
              <StageGuests room={studio.outgoing.room} />
            </Suspense>
          )}
          <Problem studio={studio} />
          <Controls studio={studio} />
          <Devices media={studio.media} local={local} />
        </section>
        <aside className={`lh-card ${classes.side}`} aria-label={say(phase === 'live' ? 'chat.title' : 'studio.checklist')}>
          <SideTabs
            label={say('studio.side')}
            tabs={[
              phase === 'live'
                ? { id: 'talk', title: 'chat.title', content: <StudioChat sessionId={session.id} studio={studio} /> }
                : {
                    id: 'talk',
                    title: 'studio.checks',
                    content: (
                      <Backstage
                        session={session}
                        local={local}
                        busy={phase === 'starting'}
                        counting={counting}
                        onGoLive={() => {
                          studio.dismissProblem();
                          setCounting(true);
                        }}
                      />
                    ),
                  },
              {
                id: 'stage',
                title: 'stage.title',
                count: waiting,
                content: (
                  <Suspense fallback={<LoadingRows rows={2} />}>
                    <StudioStage sessionId={session.id} self={selfOf(studio)} />
                  </Suspense>
                ),
              },
              {
                id: 'polls',
                title: 'polls.title',
                content: (
                  <Suspense fallback={<LoadingRows rows={2} />}>
                    <StudioPolls sessionId={session.id} isOpen={phase === 'live'} />
                  </Suspense>
                ),
              },
              {
                id: 'questions',
                title: 'questions.title',
                count: asked,
                content: (
                  <Suspense fallback={<LoadingRows rows={2} />}>
                    <StudioQuestions sessionId={session.id} isModerated={view.isModerated} />
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
              {
                id: 'people',
                title: 'people.title',
                count: knocking,
                content: (
                  <Suspense fallback={<LoadingRows rows={2} />}>
                    <StudioPeople sessionId={session.id} />
                  </Suspense>
                ),
              },
              ...(phase === 'live'
                ? [
                    {
                      id: 'streams',
                      title: 'streaming.title',
                      count: failed,
                      content: (
                        <Suspense fallback={<LoadingRows rows={2} />}>
                          <StudioStreams sessionId={session.id} roomId={session.room_id} />
                        </Suspense>
                      ),
                    } as const,
                  ]
                : []),
            ]}
          />
        </aside>
      </div>
      <EndDialog
        opened={ending}
        onClose={() => setEnding(false)}
        onEnd={() => {
          setEnding(false);
          void studio.end();
        }}
      />
      <StudioShortcuts studio={studio} />
    </Shell>
  );
}

/** Who sends from here. */
function selfOf({ outgoing: { room } }: StudioControl): Self | null {
  if (room === null) return null;
  const { identity, name } = room.localParticipant;
  const id = accountOf(identity);
  return id === null ? null : { id, name: name ?? '' };
}

function LiveBar({ studio, roomId, onEnd }: { studio: StudioControl; roomId: string; onEnd: () => void }) {
  const { phase, view, outgoing, hub } = studio;
  if (phase !== 'live') {
    return (
      <Words fw={600} truncate>
        {view.title}
      </Words>
    );
  }
  return (
    <Group gap="md" className={classes.bar} wrap="nowrap">
      <LiveBadge />
      {view.startedAt !== null && <Elapsed since={view.startedAt} />}
      <ViewerCount count={view.viewers.count} />
      {view.recording && <RecordingSign />}
      <ConnectionWords {...studioLink(outgoing, hub)} />
      <div className={classes.what}>
        <Words size="sm" fw={600} truncate title={view.title}>
          {view.title}
        </Words>
        <AudienceLink roomId={roomId} />
      </div>
      <Button variant="default" ml="auto" onClick={onEnd} data-testid="end-session" className={classes.end}>
        <Text id="studio.end" />
      </Button>
    </Group>
  );
}

function Controls({ studio }: { studio: StudioControl }) {
  const { local, outgoing, phase, view } = studio;
  const isLive = phase === 'live';
  const camera = local.camera.track !== null && local.camera.on;
  const microphone = local.microphone.track !== null && local.microphone.on;
  const screen = outgoing.screen !== null;
  return (
    <Group gap="sm" justify="center" role="group" className={classes.controls}>
      <Control on={microphone} words={microphone ? 'control.mute' : 'control.unmute'} caption="control.caption.microphone" hotkey="m" testId="toggle-microphone" onClick={() => void studio.toggle('microphone')}>
        {microphone ? <IconMicrophone aria-hidden /> : <IconMicrophoneOff aria-hidden />}
      </Control>
      <Control on={camera} words={camera ? 'control.cameraOff' : 'control.cameraOn'} caption="control.caption.camera" hotkey="c" testId="toggle-camera" onClick={() => void studio.toggle('camera')}>
        {camera ? <IconCamera aria-hidden /> : <IconCameraOff aria-hidden />}
      </Control>
      {isLive && (
        <Control on words={screen ? 'control.screenOff' : 'control.screenOn'} caption="control.caption.screen" hotkey="s" testId="toggle-screen" onClick={() => void studio.toggleScreen()}>
          {screen ? <IconScreenShareOff aria-hidden /> : <IconScreenShare aria-hidden />}
        </Control>
      )}
      {isLive && (
        <Control on words={view.recording ? 'control.recordOff' : 'control.recordOn'} caption={view.recording ? 'control.caption.recordingStop' : 'control.caption.recording'} hotkey="r" testId="toggle-recording" onClick={() => void studio.record(!view.recording)}>
          {view.recording ? <IconPlayerStop aria-hidden /> : <IconPlayerRecord aria-hidden />}
        </Control>
      )}
      <Tooltip label={<Text id="shortcuts.hint" />}>
        <span className={classes.hint}>
          <IconKeyboard size={18} aria-hidden /> <kbd>?</kbd>
        </span>
      </Tooltip>
    </Group>
  );
}

interface ControlProps {
  on: boolean;
  /** What pressing it does. */
  words: MessageId;
  /** What it is about. */
  caption: MessageId;
  hotkey: string;
  testId: string;
  onClick: () => void;
  children: ReactNode;
}

function Control({ on, words, caption, hotkey, testId, onClick, children }: ControlProps) {
  const say = useText();
  return (
    <div className={classes.control}>
      <Tooltip label={`${say(words)} (${hotkey.toUpperCase()})`}>
        <ActionIcon size={48} radius="xl" variant={on ? 'default' : 'filled'} color={on ? undefined : 'signal'} aria-label={say(words)} aria-keyshortcuts={hotkey} onClick={onClick} data-testid={testId}>
          {children}
        </ActionIcon>
      </Tooltip>
      <span className={classes.caption} aria-hidden>
        <Text id={caption} />
      </span>
    </div>
  );
}

function Problem({ studio }: { studio: StudioControl }) {
  const say = useText();
  if (studio.problem === null || studio.problem === undefined) return null;
  return (
    <Alert color="signal" role="alert" withCloseButton closeButtonLabel={say('action.close')} onClose={studio.dismissProblem} data-testid="studio-problem">
      <Text id={problemWords(studio.problem)} />
    </Alert>
  );
}

function StudioChat({ sessionId, studio }: { sessionId: string; studio: StudioControl }) {
  const { log, outbox } = useChat(sessionId, 'account', true);
  const me = grantOf('account')?.user.id ?? null;
  return (
    <>
      <Chat
        log={log}
        outbox={outbox}
        me={me}
        closed={null}
        attach={
          <Suspense>
            <AttachFile sessionId={sessionId} identity="account" outbox={outbox} />
          </Suspense>
        }
        identity="account"
        tools={(message) => (
          <Suspense>
            <MessageTools sessionId={sessionId} message={message} mayBan={message.user_id !== me && (message.role === 'viewer' || message.role === 'speaker')} />
          </Suspense>
        )}
      />
      {!studio.view.chatEnabled && (
        <Words size="xs" c="dimmed" px="md" pb="sm">
          <Text id="chat.offForAudience" />
        </Words>
      )}
    </>
  );
}

function StudioShortcuts({ studio }: { studio: StudioControl }) {
  const isLive = studio.phase === 'live';
  return (
    <Shortcuts
      list={[
        { key: 'm', words: 'shortcuts.microphone', run: () => void studio.toggle('microphone') },
        { key: 'c', words: 'shortcuts.camera', run: () => void studio.toggle('camera') },
        { key: 's', words: 'shortcuts.screen', run: () => isLive && void studio.toggleScreen() },
        { key: 'r', words: 'shortcuts.record', run: () => isLive && void studio.record(!studio.view.recording) },
      ]}
    />
  );
}

/** The one thing that must not be missed by ear. */
function OnAirAnnouncement({ phase }: { phase: StudioControl['phase'] }) {
  return (
    <div className={classes.unseen} role="alert">
      {phase === 'live' && <Text id="studio.onAir" />}
    </div>
  );
}

function useWarningBeforeLeaving(isLive: boolean): void {
  useEffect(() => {
    if (!isLive) return undefined;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [isLive]);
}
