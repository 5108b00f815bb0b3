import { Button, Group, Stack, Text as Words } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useId } from 'react';
import { useCopy } from '../components/useCopy';
import { type MessageId, Text } from '../i18n/text';
import classes from './Connect.module.css';

/** Lines for a shell, to be copied. */
export function FirstCall({ title, call }: { title: MessageId; call: string }) {
  const { copied, copy } = useCopy(call);
  const heading = useId();
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Words fw={500} size="sm" id={heading}>
          <Text id={title} />
        </Words>
        <Button variant="default" size="compact-sm" onClick={copy} leftSection={copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}>
          <span aria-live="polite">
            <Text id={copied ? 'action.copied' : 'action.copy'} />
          </span>
        </Button>
      </Group>
      <pre className={classes.call} aria-labelledby={heading} data-testid="first-call" data-verbatim>
        {call}
      </pre>
    </Stack>
  );
}
