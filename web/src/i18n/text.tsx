import { useCallback } from 'react';
import { type IntlShape, useIntl } from 'react-intl';
import type en from './messages/en.json';
import type panels from './panels/en.json';

/** Words of `panels` are there within `PanelWords` only. */
export type MessageId = keyof typeof en | keyof typeof panels;
export type Values = Record<string, string | number | Date>;

export type Say = (id: MessageId, values?: Values) => string;

/** The words of the page's language. */
export function useText(): Say {
  const intl = useIntl();
  return useCallback((id, values) => intl.formatMessage({ id }, values), [intl]);
}

export function Text({ id, values }: { id: MessageId; values?: Values }) {
  return <>{useText()(id, values)}</>;
}

/** `1:02:03`, the shape of a player's clock, the same in all our languages. */
export function clockTime(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number) => String(n).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${two(m)}:${two(s)}`;
}

/** Day and time in the reader's own zone, which is named. */
export function whenIn(intl: IntlShape, at: string): string {
  return intl.formatDate(at, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    hour: 'numeric',
    minute: '2-digit',
    timeZoneName: 'short',
  });
}

export function shortWhen(intl: IntlShape, at: string): string {
  return intl.formatDate(at, { dateStyle: 'medium', timeStyle: 'short' });
}
