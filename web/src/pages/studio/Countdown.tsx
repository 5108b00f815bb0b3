import { Button, Group } from '@mantine/core';
import { useEffect, useEffectEvent, useState } from 'react';
import { Text } from '../../i18n/text';
import classes from './Studio.module.css';

const FROM = 3;

/** 3 · 2 · 1; Escape stops it, Enter skips it (the focus is on *Go live now*). */
export function Countdown({ onDone, onStop }: { onDone: () => void; onStop: () => void }) {
  const [left, setLeft] = useState(FROM);
  const finished = useEffectEvent(onDone);
  const stopped = useEffectEvent(onStop);
  useEffect(() => {
    const timer = setInterval(() => setLeft((seconds) => seconds - 1), 1000);
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape') stopped();
    };
    document.addEventListener('keydown', onKey);
    return () => {
      clearInterval(timer);
      document.removeEventListener('keydown', onKey);
    };
  }, []);
  useEffect(() => {
    if (left <= 0) finished();
  }, [left]);
  return (
    <div className={classes.countdown} data-testid="countdown">
      <p className={classes.number} role="alert">
        {Math.max(1, left)}
      </p>
      <Group>
        <Button variant="white" color="dark" onClick={onStop}>
          <Text id="countdown.stop" />
        </Button>
        {/* eslint-disable-next-line jsx-a11y/no-autofocus -- the person has just pressed Go live: the next key belongs here */}
        <Button onClick={onDone} autoFocus color="signal" data-testid="go-live-now">
          <Text id="countdown.skip" />
        </Button>
      </Group>
    </div>
  );
}
