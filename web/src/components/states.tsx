import { Button, Skeleton, Stack, Text as Words, Title } from '@mantine/core';
import { IconAlertTriangle, IconArmchair, IconCloudOff, IconLock, IconMapOff } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { Fault, Unreachable } from '../api/envelope';
import { type MessageId, Text, useText, type Values } from '../i18n/text';
import classes from './states.module.css';

interface StateProps {
  title: MessageId;
  text: MessageId;
  values?: Values;
  icon?: ReactNode;
  action?: ReactNode;
  /** For support; quiet. */
  code?: string | undefined;
  /** Within a page that has its own heading. */
  inner?: boolean;
}

/** A place with nothing to show says why, and what to do. */
export function State({ title, text, values, icon, action, code, inner = false }: StateProps) {
  return (
    <Stack className={classes.state} align="center" gap="xs">
      <div className={classes.icon} aria-hidden>
        {icon ?? <IconAlertTriangle size={28} stroke={1.6} />}
      </div>
      <Title order={inner ? 3 : 1} size="h2" ta="center">
        <Text id={title} values={values} />
      </Title>
      <Words c="dimmed" ta="center" maw={440}>
        <Text id={text} values={values} />
      </Words>
      {action !== undefined && <div className={classes.action}>{action}</div>}
      {code !== undefined && (
        <Words c="dimmed" size="xs" mt="sm">
          <Text id="fault.code" values={{ code }} />
        </Words>
      )}
    </Stack>
  );
}

export function Empty(props: Omit<StateProps, 'inner'>) {
  return <State icon={<IconArmchair size={28} stroke={1.6} />} {...props} inner />;
}

export function NotFound({ inner = false }: { inner?: boolean }) {
  return (
    <State
      title="notFound.title"
      text="notFound.text"
      inner={inner}
      icon={<IconMapOff size={28} stroke={1.6} />}
      action={<Button component={Link} to="/rooms" variant="default"><Text id="action.toRooms" /></Button>}
    />
  );
}

export function SignedOut({ inner = false }: { inner?: boolean }) {
  return (
    <State
      title="fault.signedOut"
      text="fault.signedOut.text"
      inner={inner}
      icon={<IconLock size={28} stroke={1.6} />}
      action={<Button component={Link} to={signInAddress()}><Text id="signIn.submit" /></Button>}
    />
  );
}

/** What a refused or unanswered call means to the reader, never its name. */
export function FaultState({ error, retry, inner = true }: { error: unknown; retry?: () => void; inner?: boolean }) {
  const again = retry && <Button variant="default" onClick={retry}><Text id="action.tryAgain" /></Button>;
  if (error instanceof Unreachable) {
    return <State title="fault.unreachable" text="fault.unreachable.text" inner={inner} icon={<IconCloudOff size={28} stroke={1.6} />} action={again} />;
  }
  if (error instanceof Fault && error.status === 404) return <NotFound inner={inner} />;
  if (error instanceof Fault && error.status === 401) return <SignedOut inner={inner} />;
  if (error instanceof Fault && error.code === 'banned') {
    return <State title="watch.banned" text="watch.banned.text" inner={inner} icon={<IconLock size={28} stroke={1.6} />} />;
  }
  if (error instanceof Fault && error.status === 403) {
    return <State title="fault.forbidden" text="fault.forbidden.text" inner={inner} code={error.requestId} icon={<IconLock size={28} stroke={1.6} />} />;
  }
  const code = error instanceof Fault ? error.requestId : undefined;
  return <State title="fault.other" text="fault.other.text" inner={inner} code={code} action={again} />;
}

export function signInAddress(): string {
  return `/?redirect=${encodeURIComponent(window.location.pathname + window.location.search)}`;
}

/** Grey rows where rows will be, so that nothing jumps. */
export function LoadingRows({ rows = 3, height = 72 }: { rows?: number; height?: number }) {
  const say = useText();
  return (
    <Stack gap="sm" role="status" aria-label={say('state.loading')}>
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={height} radius="md" />
      ))}
    </Stack>
  );
}

export function LoadingPage() {
  const say = useText();
  return <div className={classes.page} role="status" aria-label={say('state.loading')} />;
}
