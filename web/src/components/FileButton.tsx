import { UnstyledButton } from '@mantine/core';
import { IconPaperclip } from '@tabler/icons-react';
import { useIntl } from 'react-intl';
import type { Identity } from '../api/identity';
import type { ChatFile } from '../realtime/events';
import { openFile } from './files';
import classes from './Files.module.css';

const KB = 1000; // bytes

/** A file of the chat, to be opened. */
export default function FileButton({ file, identity }: { file: ChatFile; identity: Identity }) {
  const intl = useIntl();
  const size = intl.formatNumber(Math.max(1, Math.round(file.size / KB)), { style: 'unit', unit: 'kilobyte', unitDisplay: 'short' });
  return (
    <UnstyledButton className={classes.file} onClick={() => void openFile(identity, file)} data-testid="chat-file">
      <IconPaperclip size={16} aria-hidden />
      <span>{file.name}</span>
      <span className={classes.size}>{size}</span>
    </UnstyledButton>
  );
}
