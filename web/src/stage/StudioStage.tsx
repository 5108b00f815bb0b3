import { Button, Group, Title } from '@mantine/core';
import { IconPin, IconPinFilled } from '@tabler/icons-react';
import { useId } from 'react';
import { Empty } from '../components/states';
import { PanelWords } from '../i18n/PanelWords';
import { type MessageId, Text, useText } from '../i18n/text';
import type { StageSeat } from '../realtime/events';
import { LayoutChoice } from './LayoutChoice';
import classes from './Stage.module.css';
import { StageProblem } from './StageProblem';
import { type StageCalls, useStage, useStageCalls } from './useStage';

interface StudioStageProps {
  sessionId: string;
  /** Who sends from this studio; null while nothing is sent. */
  self: Self | null;
}

/** Somebody who is seen without a seat: who runs the session. */
export interface Self {
  id: string;
  name: string;
}

export default function StudioStage(props: StudioStageProps) {
  return (
    <PanelWords>
      <Panel {...props} />
    </PanelWords>
  );
}

/** Who asks for the stage, and who is on it. */
function Panel({ sessionId, self }: StudioStageProps) {
  const stage = useStage(sessionId);
  const calls = useStageCalls(sessionId, 'account');
  const hint = useId();
  const isEmpty = stage.hands.length + stage.requests.length + stage.members.length === 0;
  const isSelfPinned = self !== null && self.id === stage.pinned; // also when the others have left
  return (
    <div className={classes.studio} data-testid="studio-stage">
      <LayoutChoice sessionId={sessionId} />
      <StageProblem problem={calls.problem} />
      {isEmpty && <Empty title="stage.empty" text="stage.empty.text" />}
      {stage.hands.length > 0 && (
        <Queue title="stage.hands">
          {stage.hands.map((hand) => (
            <Asker
              key={hand.id}
              testId="stage-hand"
              name={hand.username}
              words={hand.message ?? null}
              onAccept={() => void calls.approveHand(hand.id ?? '')}
              onReject={() => void calls.rejectHand(hand.id ?? '')}
            />
          ))}
        </Queue>
      )}
      {stage.requests.length > 0 && (
        <Queue title="stage.requests">
          {stage.requests.map((request) => (
            <Asker
              key={request.id}
              testId="stage-request"
              name={request.user?.display_name ?? request.user?.username ?? ''}
              words={null}
              onAccept={() => void calls.approveRequest(request.id ?? '')}
              onReject={() => void calls.rejectRequest(request.id ?? '')}
            />
          ))}
        </Queue>
      )}
      {(stage.members.length > 0 || isSelfPinned) && (
        <Queue title="stage.onStage" hint={<p id={hint} className={classes.hint}><Text id="stage.pin.hint" /></p>}>
          {self !== null && !stage.members.some((member) => member.user_id === self.id) && (
            <li className={classes.row} data-testid="stage-self">
              <span className={classes.name}>
                <Text id="stage.self" values={{ name: self.name }} />
              </span>
              <Group gap="xs">
                <Pin {...self} isPinned={isSelfPinned} hint={hint} calls={calls} />
              </Group>
            </li>
          )}
          {stage.members.map((member) => (
            <Member key={member.user_id} member={member} isPinned={member.user_id === stage.pinned} hint={hint} calls={calls} />
          ))}
        </Queue>
      )}
    </div>
  );
}

function Queue({ title, hint, children }: { title: MessageId; hint?: React.ReactNode; children: React.ReactNode }) {
  return (
    <section>
      <Title order={2} size="h4" className={classes.heading}>
        <Text id={title} />
      </Title>
      {hint}
      <ul className={classes.list}>{children}</ul>
    </section>
  );
}

interface AskerProps {
  name: string;
  words: string | null;
  testId: string;
  onAccept: () => void;
  onReject: () => void;
}

function Asker({ name, words, testId, onAccept, onReject }: AskerProps) {
  const say = useText();
  return (
    <li className={classes.row} data-testid={testId}>
      <span className={classes.name}>{name}</span>
      {words !== null && <span className={classes.words}>{words}</span>}
      <Group gap="xs">
        <Button size="compact-md" onClick={onAccept} aria-label={say('stage.accept.name', { name })} data-testid="accept">
          <Text id="stage.accept" />
        </Button>
        <Button size="compact-md" variant="default" onClick={onReject} aria-label={say('stage.reject.name', { name })} data-testid="reject">
          <Text id="stage.reject" />
        </Button>
      </Group>
    </li>
  );
}

const RIGHTS = [
  { field: 'can_publish_audio', words: 'control.caption.microphone' },
  { field: 'can_publish_video', words: 'control.caption.camera' },
  { field: 'can_screen_share', words: 'control.caption.screen' },
] as const;

interface MemberProps {
  member: StageSeat;
  isPinned: boolean;
  /** The element that says what a pin does. */
  hint: string;
  calls: StageCalls;
}

function Member({ member, isPinned, hint, calls }: MemberProps) {
  const say = useText();
  const { user_id: id, username: name } = member;
  return (
    <li className={classes.row} data-testid="stage-member">
      <span className={classes.name}>{name}</span>
      <Group gap="md" role="group" aria-label={say('stage.rights.name', { name })}>
        {RIGHTS.map(({ field, words }) => (
          <label key={field} className={classes.right}>
            <input
              type="checkbox"
              checked={member[field] !== false}
              onChange={(event) => void calls.permit(id, { [field]: event.currentTarget.checked })}
              data-testid={field}
            />
            <Text id={words} />
          </label>
        ))}
      </Group>
      <Group gap="xs">
        <Pin id={id} name={name} isPinned={isPinned} hint={hint} calls={calls} />
        <Button size="compact-md" variant="default" onClick={() => void calls.remove(id, false)} aria-label={say('stage.remove.name', { name })} data-testid="remove-from-stage">
          <Text id="stage.remove" />
        </Button>
        <Button size="compact-md" variant="subtle" color="gray" c="inherit" onClick={() => void calls.remove(id, true)} aria-label={say('stage.block.name', { name })} data-testid="block-from-stage">
          <Text id="stage.block" />
        </Button>
      </Group>
    </li>
  );
}

interface PinProps extends Self {
  isPinned: boolean;
  hint: string;
  calls: StageCalls;
}

function Pin({ id, name, isPinned, hint, calls }: PinProps) {
  const say = useText();
  return (
    <Button
      size="compact-md"
      variant={isPinned ? 'filled' : 'default'}
      leftSection={isPinned ? <IconPinFilled size={16} aria-hidden /> : <IconPin size={16} aria-hidden />}
      aria-pressed={isPinned}
      aria-label={say('stage.pin.name', { name })}
      aria-describedby={hint}
      onClick={() => void calls.pin(isPinned ? null : id)}
      data-testid="pin-on-stage"
    >
      <Text id="stage.pin" />
    </Button>
  );
}
