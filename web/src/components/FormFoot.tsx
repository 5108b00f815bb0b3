import { Button, Group } from '@mantine/core';
import { type MessageId, Text } from '../i18n/text';
import { Problem } from './Problem';

interface FormFootProps {
  /** Why it was not kept; null while nothing speaks against it. */
  problem: MessageId | null;
  problemTestId?: string;
  /** What pressing it does. */
  submit: MessageId;
  busy: boolean;
  disabled?: boolean;
  testId?: string;
  onCancel: () => void;
}

/** The end of a form in a dialog: what went wrong, and the two ways out. */
export function FormFoot({ problem, problemTestId, submit, busy, disabled, testId, onCancel }: FormFootProps) {
  return (
    <>
      <Problem id={problem} testId={problemTestId} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onCancel}>
          <Text id="action.cancel" />
        </Button>
        <Button type="submit" loading={busy} disabled={disabled ?? false} data-testid={testId}>
          <Text id={submit} />
        </Button>
      </Group>
    </>
  );
}
