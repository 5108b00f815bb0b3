import { Text } from '../i18n/text';
import classes from './LiveBadge.module.css';

/** The on-air sign: word, dot and colour. */
export function LiveBadge() {
  return (
    <span className={classes.badge}>
      <span className={classes.dot} aria-hidden />
      <Text id="status.live" />
    </span>
  );
}

/** Everybody present sees when a recording runs. */
export function RecordingSign() {
  return (
    <span className={classes.recording} data-testid="recording-sign">
      <span className={classes.ring} aria-hidden />
      <Text id="recording.sign" />
    </span>
  );
}
