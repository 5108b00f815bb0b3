import { useEffect, useState } from 'react';
import { serverNow } from '../clock';
import { clockTime } from '../i18n/text';

/** The server's time, each second. */
export function useNow(): number {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

export function Elapsed({ since }: { since: string }) {
  const now = useNow();
  return (
    <span className="lh-figures" role="timer" data-testid="clock">
      {clockTime((now - Date.parse(since)) / 1000)}
    </span>
  );
}
