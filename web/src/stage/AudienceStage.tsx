import { Button, Group, TextInput, Title } from '@mantine/core';
import { IconHandStop } from '@tabler/icons-react';
import type { Room } from 'livekit-client';
import { type FormEvent, useEffect, useEffectEvent, useId, useRef, useState } from 'react';
import type { Identity } from '../api/identity';
import { PanelWords } from '../i18n/PanelWords';
import { type MessageId, Text, useText, type Values } from '../i18n/text';
import { publishSettings } from '../media/settings';
import type { Stage } from '../realtime/stage';
import { OnStage } from './OnStage';
import classes from './Stage.module.css';
import { StageProblem } from './StageProblem';
import { type StageCalls, useMine, useStage, useStageCalls } from './useStage';

const LONGEST = 280; // characters

export interface AudienceStageProps {
  sessionId: string;
  identity: Identity;
  me: string;
  mayAsk: boolean;
  /** The media connection; null for those who watch without one. */
  room: Room | null;
  /** Whether the session is recorded: the recorder has a codec that it likes best. */
  isRecorded: boolean;
  /** Sit down anew, with a connection that may publish. */
  onConnect: () => void;
}

export default function AudienceStage(props: AudienceStageProps) {
  return (
    <PanelWords>
      <Panel {...props} />
    </PanelWords>
  );
}

/** From the audience to the stage and back. */
function Panel({ sessionId, identity, me, mayAsk, room, isRecorded, onConnect }: AudienceStageProps) {
  const say = useText();
  const stage = useStage(sessionId);
  const calls = useStageCalls(sessionId, identity);
  const seat = stage.members.find((each) => each.user_id === me);
  const isOn = seat !== undefined;
  const [settings] = useState(() => publishSettings(new URLSearchParams(window.location.search), isRecorded));
  useConnection(isOn && room === null, onConnect);
  if (!isOn && !mayAsk) return null;
  return (
    <section className={classes.audience} aria-label={say('stage.title')} data-testid="audience-stage">
      {seat === undefined ? (
        <Asking {...{ sessionId, identity, stage, calls }} />
      ) : (
        <>
          <Title order={2} size="h4" className={classes.heading} role="status" data-testid="on-stage">
            <Text id="stage.youAreOn" />
          </Title>
          <OnStage room={room} settings={settings} seat={seat} onLeave={() => void calls.leave()} />
        </>
      )}
      <StageProblem problem={calls.problem} />
    </section>
  );
}

/** Who comes on stage without a media connection needs one now. */
function useConnection(isMissing: boolean, onConnect: () => void): void {
  const connect = useEffectEvent(onConnect);
  useEffect(() => {
    if (isMissing) connect();
  }, [isMissing]);
}

interface AskingProps {
  sessionId: string;
  identity: Identity;
  stage: Stage;
  calls: StageCalls;
}

/** One line as long as nothing is asked: polls and chat stand below it. */
function Asking({ sessionId, identity, stage, calls }: AskingProps) {
  const mine = useMine(sessionId, identity, stage);
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const ways = useId();
  if (mine.data === undefined) return null;
  const { hand, request } = mine.data;
  const isUp = hand.status === 'pending';
  const isAsking = request.status === 'pending';
  const close = (wentWell: boolean) => {
    if (!wentWell) return;
    setOpen(false);
    button.current?.focus();
  };
  return (
    <>
      <Group gap="sm" wrap="nowrap" justify="space-between">
        <p className={classes.state} role="status" data-testid="stage-state" data-state={isUp || isAsking ? 'pending' : 'idle'}>
          <Text {...stateWords(stage, mine.data)} />
        </p>
        {isUp ? (
          <Button ref={button} className={classes.act} variant="default" onClick={() => void calls.lower()} data-testid="lower-hand">
            <Text id="stage.lower" />
          </Button>
        ) : (
          <Button
            ref={button}
            className={classes.act}
            variant="default"
            leftSection={<IconHandStop size={18} aria-hidden />}
            onClick={() => setOpen(!isOpen)}
            aria-expanded={isOpen}
            aria-controls={isOpen ? ways : undefined}
            data-testid="take-part"
          >
            <Text id="stage.takePart" />
          </Button>
        )}
      </Group>
      {isOpen && !isUp && (
        <div id={ways} className={classes.ways}>
          <RaiseHand onRaise={async (message) => close(await calls.raise(message))} />
          {!isAsking && (
            <div className={classes.way}>
              <p className={classes.hint}>
                <Text id="stage.ask.text" />
              </p>
              <Button variant="default" onClick={() => void calls.ask().then(close)} data-testid="ask-to-join">
                <Text id="stage.ask" />
              </Button>
            </div>
          )}
        </div>
      )}
    </>
  );
}

function RaiseHand({ onRaise }: { onRaise: (message: string) => Promise<void> }) {
  const say = useText();
  const [message, setMessage] = useState('');
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    void onRaise(message);
  };
  return (
    <form className={classes.way} onSubmit={onSubmit}>
      <TextInput
        label={say('stage.message')}
        description={say('stage.raise.text')}
        value={message}
        maxLength={LONGEST}
        onChange={(event) => setMessage(event.currentTarget.value)}
        data-testid="hand-message"
      />
      <Button type="submit" data-testid="raise-hand">
        <Text id="stage.raise" />
      </Button>
    </form>
  );
}

type Mine = NonNullable<ReturnType<typeof useMine>['data']>;

/** How things stand, in words; what was decided last comes before what could be asked. */
function stateWords(stage: Stage, { hand, request }: Mine): { id: MessageId; values?: Values } {
  if (hand.status === 'pending') return { id: 'stage.handIsUp', values: { position: hand.position ?? 1 } };
  if (request.status === 'pending') return { id: 'stage.asked' };
  if (stage.sentOff !== null) {
    const { message } = stage.sentOff;
    return message === null ? { id: 'stage.sentOff' } : { id: 'stage.sentOff.words', values: { message } };
  }
  const refused = stage.answered.hand?.status === 'rejected' || stage.answered.request?.status === 'rejected';
  if (!refused) return { id: 'stage.invitation', values: { pending: stage.pending } };
  const reason = stage.answered.request?.reason;
  return reason == null ? { id: 'stage.refused' } : { id: 'stage.refused.words', values: { reason } };
}
