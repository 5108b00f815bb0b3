import { ActionIcon } from '@mantine/core';
import { IconMaximize } from '@tabler/icons-react';
import { useText } from '../../i18n/text';
import classes from './Watch.module.css';

/** Makes the picture's box fill the screen; absent where the browser cannot. */
export function FullScreen() {
  const say = useText();
  if (!document.fullscreenEnabled) return null;
  return (
    <ActionIcon
      size={44}
      variant="filled"
      color="dark"
      className={classes.fullScreen}
      aria-label={say('watch.fullScreen')}
      onClick={(event) => {
        const box = event.currentTarget.parentElement;
        void (document.fullscreenElement === null ? box?.requestFullscreen() : document.exitFullscreen());
      }}
    >
      <IconMaximize size={20} aria-hidden />
    </ActionIcon>
  );
}
