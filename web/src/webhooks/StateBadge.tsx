import { Badge } from '@mantine/core';
import { Text } from '../i18n/text';
import classes from './Hooks.module.css';
import type { Delivery } from './queries';

const COLORS = { succeeded: 'teal', pending: 'gray', failed: 'yellow', abandoned: 'red' } as const;

export function StateBadge({ state }: { state: Delivery['state'] }) {
  return (
    <Badge variant="light" color={COLORS[state]} c="inherit" tt="none" className={classes.state}>
      <Text id={`hooks.state.${state}`} />
    </Badge>
  );
}
