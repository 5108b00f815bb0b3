import { Button, Group, Modal, NativeSelect, Stack, Switch, Text as Words, Textarea } from '@mantine/core';
import { useState } from 'react';
import { Text, useText } from '../i18n/text';
import { PeopleProblem } from './PeopleProblem';
import { usePeopleCalls } from './usePeople';

/** Seconds; 0 is until somebody lifts it. */
const DURATIONS = [0, 600, 3600, 86_400];
const LONGEST = 280; // characters, the contract's bound

interface BanDialogProps {
  sessionId: string;
  userId: string;
  name: string;
  onClose: () => void;
}

/** Asks before somebody is thrown out: how long, why, and what becomes of their messages. */
export function BanDialog({ sessionId, userId, name, onClose }: BanDialogProps) {
  const say = useText();
  const calls = usePeopleCalls(sessionId);
  const [duration, setDuration] = useState(0);
  const [reason, setReason] = useState('');
  const [deletes, setDeletes] = useState(false);
  const [isBusy, setBusy] = useState(false);

  const ban = async () => {
    setBusy(true);
    const body = { user_id: userId, delete_messages: deletes, ...(duration > 0 && { duration }), ...(reason.trim() !== '' && { reason: reason.trim() }) };
    if (await calls.ban(body)) onClose();
    else setBusy(false);
  };
  return (
    <Modal opened onClose={onClose} title={<Text id="people.ban.ask" values={{ name }} />} closeButtonProps={{ 'aria-label': say('action.close') }}>
      <Stack gap="md">
        <Words size="sm">
          <Text id="people.ban.text" />
        </Words>
        <NativeSelect
          label={say('people.ban.duration')}
          value={String(duration)}
          onChange={(event) => setDuration(Number(event.currentTarget.value))}
          data={DURATIONS.map((seconds) => ({ value: String(seconds), label: say('people.ban.for', { seconds }) }))}
          data-autofocus
          data-testid="ban-duration"
        />
        <Textarea
          label={say('people.ban.reason')}
          description={say('people.ban.reason.text')}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          maxLength={LONGEST}
          rows={2}
          data-testid="ban-reason"
        />
        <Switch label={say('people.ban.messages')} checked={deletes} onChange={(event) => setDeletes(event.currentTarget.checked)} data-testid="ban-messages" />
        <PeopleProblem problem={calls.problem} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            <Text id="action.cancel" />
          </Button>
          <Button color="signal" onClick={() => void ban()} loading={isBusy} data-testid="confirm-ban">
            <Text id="people.ban.yes" />
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
