import { IconEye } from '@tabler/icons-react';
import { Text } from '../i18n/text';
import classes from './ViewerCount.module.css';

export function ViewerCount({ count }: { count: number }) {
  return (
    <span className={classes.count}>
      <IconEye size={18} aria-hidden />
      <span className="lh-figures" data-testid="viewer-count" data-count={count}>
        <Text id="viewers.count" values={{ count }} />
      </span>
    </span>
  );
}
