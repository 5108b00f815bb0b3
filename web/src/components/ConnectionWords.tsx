import { IconAlertTriangle, IconLoader2, IconWifi } from '@tabler/icons-react';
import { type MessageId, Text } from '../i18n/text';
import classes from './ConnectionWords.module.css';

export interface LinkWords {
  state: 'connecting' | 'connected' | 'reconnecting' | 'lost';
  words: MessageId;
}

const icons = { connecting: IconLoader2, connected: IconWifi, reconnecting: IconLoader2, lost: IconAlertTriangle };

/** How the connection stands, in words; changes are announced. */
export function ConnectionWords({ state, words }: LinkWords) {
  const Icon = icons[state];
  return (
    <span className={classes.words} role="status" data-testid="connection-state" data-state={state}>
      <Icon size={18} aria-hidden className={classes.icon} />
      <Text id={words} />
    </span>
  );
}
