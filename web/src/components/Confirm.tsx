import { Button, Group, Modal, Stack, Text as Words } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Fault, Unreachable } from '../api/envelope';
import { type MessageId, Text, useText } from '../i18n/text';
import { Problem } from './Problem';

interface ConfirmProps {
  title: MessageId;
  text: MessageId;
  /** What pressing it does. */
  yes: MessageId;
  values?: Record<string, string>;
  /** By the code of the fault: why it did not happen. */
  refusals?: Partial<Record<string, MessageId>>;
  act: () => Promise<unknown>;
  onDone: () => void;
  onClose: () => void;
  testId?: string;
}

/** Asks before something goes that does not come back. */
export function Confirm({ title, text, yes, values, refusals, act, onDone, onClose, testId = 'confirm' }: ConfirmProps) {
  const say = useText();
  const call = useMutation({
    mutationFn: act,
    onSuccess: () => {
      onClose();
      onDone();
    },
  });
  return (
    <Modal opened onClose={onClose} title={<Text id={title} values={values ?? {}} />} closeButtonProps={{ 'aria-label': say('action.close') }}>
      <Stack>
        <Words>
          <Text id={text} values={values ?? {}} />
        </Words>
        <Problem id={call.isError ? words(call.error, refusals) : null} testId="refused" />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            <Text id="action.cancel" />
          </Button>
          <Button color="signal" onClick={() => call.mutate()} loading={call.isPending} data-testid={testId}>
            <Text id={yes} />
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function words(problem: unknown, refusals: ConfirmProps['refusals']): MessageId {
  if (problem instanceof Unreachable) return 'fault.unreachable.text';
  if (!(problem instanceof Fault)) return 'fault.other.text';
  return refusals?.[problem.code] ?? (problem.status === 403 ? 'fault.forbidden.text' : 'fault.other.text');
}
