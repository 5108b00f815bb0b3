import { Button, Group, PasswordInput } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useCopy } from '../components/useCopy';
import { Text, useText } from '../i18n/text';

/** A secret that is hidden until somebody looks, with a button that copies it unseen. */
export function KeyField({ label, value }: { label: string; value: string }) {
  const say = useText();
  const { copied, copy } = useCopy(value);
  return (
    <Group align="end" gap="xs" wrap="nowrap">
      <PasswordInput
        label={label}
        value={value}
        readOnly
        flex={1}
        autoComplete="off"
        visibilityToggleButtonProps={{ 'aria-label': say('encoder.key.show') }}
        data-testid="stream-key"
      />
      <Button variant="default" onClick={copy} leftSection={copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />} data-testid="copy-key">
        <span aria-live="polite">
          <Text id={copied ? 'action.copied' : 'encoder.key.copy'} />
        </span>
      </Button>
    </Group>
  );
}
