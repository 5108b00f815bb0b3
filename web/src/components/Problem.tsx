import { Text as Words } from '@mantine/core';
import { type MessageId, Text } from '../i18n/text';

/** Why what was asked for did not happen; null shows nothing. */
export function Problem({ id, testId }: { id: MessageId | null; testId?: string | undefined }) {
  if (id === null) return null;
  return (
    <Words c="var(--mantine-color-error)" size="sm" role="alert" data-testid={testId}>
      <Text id={id} />
    </Words>
  );
}
