import { NavLink } from 'react-router';
import type { User } from '../api/identity';
import { Text, useText } from '../i18n/text';
import classes from './Shell.module.css';

/** The ways to the pages that people with an account use most; what a phone has no room for is in the account’s menu. */
export default function Navigation({ user }: { user: User }) {
  const say = useText();
  return (
    <nav aria-label={say('nav.label')}>
      <NavLink to="/rooms" className={classes.link ?? ''}>
        <Text id="rooms.title" />
      </NavLink>
      <NavLink to="/overview" className={`${classes.link} ${classes.second}`}>
        <Text id="overview.title" />
      </NavLink>
      {user.role !== 'viewer' && (
        <NavLink to="/recordings" className={`${classes.link} ${classes.second}`}>
          <Text id="recordings.title" />
        </NavLink>
      )}
    </nav>
  );
}
