import { Button, Stack, Text as Words, Title } from '@mantine/core';
import { IconAlertTriangle, IconCheck, IconMinus } from '@tabler/icons-react';
import type { Session } from '../../api/queries';
import { CopyField } from '../../components/CopyField';
import { type MessageId, Text, useText } from '../../i18n/text';
import type { LocalState } from '../../media/local';
import classes from './Studio.module.css';

interface BackstageProps {
  session: Session;
  local: LocalState;
  /** Going live is under way. */
  busy: boolean;
  counting: boolean;
  onGoLive: () => void;
}

type Standing = 'good' | 'off' | 'wrong';

export function Backstage({ session, local, busy, counting, onGoLive }: BackstageProps) {
  const say = useText();
  const picture = standingOf(local.camera);
  const sound = standingOf(local.microphone);
  const nothing = picture !== 'good' && sound !== 'good';
  return (
    <Stack p="lg" gap="lg" className={classes.backstage}>
      <div>
        <Title order={1} size="h2">
          <Text id="backstage.title" />
        </Title>
        <Words c="dimmed" mt={4}>
          <Text id="backstage.text" />
        </Words>
      </div>
      <ul className={classes.checks}>
        <Check standing={picture} words={`check.picture.${picture}`} />
        <Check standing={sound} words={`check.sound.${sound}`} />
        <Check standing={session.recording_enabled ? 'good' : 'off'} words={session.recording_enabled ? 'check.recording.good' : 'check.recording.off'} />
      </ul>
      <Button size="lg" fullWidth onClick={onGoLive} loading={busy} disabled={nothing || counting} data-testid="go-live">
        <Text id="backstage.goLive" />
      </Button>
      {nothing && (
        <Words size="sm" c="dimmed" mt={-12}>
          <Text id="backstage.nothing" />
        </Words>
      )}
      <CopyField label={say('room.shareLink')} value={`${window.location.origin}/w/${session.room_id}`} />
    </Stack>
  );
}

function standingOf({ track, on, fault }: LocalState['camera'] | LocalState['microphone']): Standing {
  if (track === null) return fault === null ? 'off' : 'wrong';
  return on ? 'good' : 'off';
}

const icons: Record<Standing, typeof IconCheck> = { good: IconCheck, off: IconMinus, wrong: IconAlertTriangle };

function Check({ standing, words }: { standing: Standing; words: MessageId }) {
  const Icon = icons[standing];
  return (
    <li className={classes.check} data-standing={standing}>
      <Icon size={18} aria-hidden />
      <Text id={words} />
    </li>
  );
}
