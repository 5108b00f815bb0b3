import { Anchor, Badge, Button, Group, Text as Words } from '@mantine/core';
import { useIntl } from 'react-intl';
import { Link } from 'react-router';
import { grantOf } from '../api/identity';
import type { Session } from '../api/queries';
import listing from '../components/Listing.module.css';
import { LiveBadge } from '../components/LiveBadge';
import { ViewerCount } from '../components/ViewerCount';
import { clockTime, shortWhen, Text } from '../i18n/text';
import SessionMenu from '../sessions/SessionMenu';
import classes from './Overview.module.css';

/** A session with the room it is in, and the way to it: its own people run it, others watch. */
export function OverviewRow({ session }: { session: Session }) {
  const intl = useIntl();
  const { status, room } = session;
  const isOwn = runs(session);
  const at = session.started_at ?? session.scheduled_start_time;
  return (
    <li className={`lh-card ${listing.row} ${classes.row}`} data-testid="overview-session" data-status={status}>
      <div className={listing.who}>
        <Group gap="sm">
          <Words fw={600}>{session.title}</Words>
          {status === 'live' && <LiveBadge />}
          {status === 'live' && <ViewerCount count={session.viewer_count} />}
          {status === 'backstage' && (
            <Badge variant="light" color="gray" tt="none" c="inherit">
              <Text id="status.backstage" />
            </Badge>
          )}
        </Group>
        <Words size="sm" c="dimmed" className="lh-figures">
          <Anchor component={Link} to={isOwn ? `/rooms/${session.room_id}` : `/w/${session.room_id}`} size="sm" underline="always">
            {room.title}
          </Anchor>
          {' · '}
          {at == null ? <Text id="session.anytime" /> : shortWhen(intl, at)}
          {status === 'ended' && session.started_at != null && ` · ${clockTime(session.duration)}`}
        </Words>
      </div>
      <WayOn session={session} isOwn={isOwn} />
      {isOwn && <SessionMenu session={session} />}
    </li>
  );
}

function WayOn({ session, isOwn }: { session: Session; isOwn: boolean }) {
  if (session.status === 'cancelled') return null;
  if (!isOwn) {
    return (
      <Button component={Link} to={`/w/${session.room_id}`} variant="default" size="compact-md">
        <Text id={session.status === 'live' ? 'overview.watch' : 'overview.toPage'} />
      </Button>
    );
  }
  if (session.status === 'ended') {
    return (
      <Anchor component={Link} to={`/reports/${session.id}`}>
        <Text id="room.toReport" />
      </Anchor>
    );
  }
  return (
    <Button component={Link} to={`/studio/${session.id}`} variant="default" size="compact-md">
      <Text id="room.toStudio" />
    </Button>
  );
}

/** Whether the signed-in person has the room, or administers all of them. */
export function runs(session: Session): boolean {
  const user = grantOf('account')?.user;
  return user !== undefined && (user.role === 'admin' || user.id === session.room.host_id);
}
