import { Button, TextInput } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { Text } from '../i18n/text';
import { useCopy } from './useCopy';

/** An address with a button that copies it; selecting by hand works where the clipboard is closed. */
export function CopyField({ label, value }: { label: string; value: string }) {
  const { copied, copy } = useCopy(value);
  return (
    <TextInput
      label={label}
      value={value}
      readOnly
      onFocus={(event) => event.currentTarget.select()}
      rightSectionWidth={128}
      rightSection={
        <Button
          size="compact-sm"
          variant="subtle"
          w={116}
          onClick={copy}
          leftSection={copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
        >
          <span aria-live="polite">
            <Text id={copied ? 'action.copied' : 'action.copy'} />
          </span>
        </Button>
      }
    />
  );
}
