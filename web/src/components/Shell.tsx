import { Anchor, Group } from '@mantine/core';
import { IconLanguage } from '@tabler/icons-react';
import { lazy, type ReactNode, Suspense, use, useEffect, useSyncExternalStore } from 'react';
import { useIntl } from 'react-intl';
import { Link } from 'react-router';
import { grantOf, onIdentityChange } from '../api/identity';
import { LanguageChoice, languageNames, type Locale, locales } from '../i18n/locale';
import { type MessageId, Text, useText, type Values } from '../i18n/text';
import { Mark } from './Mark';
import classes from './Shell.module.css';

// Most visitors have no account: its menu and the ways to its pages come only where they are shown.
const AccountMenu = lazy(() => import('./AccountMenu'));
const Navigation = lazy(() => import('./Navigation'));

interface ShellProps {
  /** Of the tab. */
  title: MessageId;
  values?: Values;
  /** Beside the mark, instead of the navigation. */
  bar?: ReactNode;
  wide?: boolean;
  children: ReactNode;
}

export function Shell({ title, values, bar, wide = false, children }: ShellProps) {
  useTitle(title, values);
  const grant = useGrant();
  return (
    <div className={classes.shell}>
      <a className={classes.skip} href="#content">
        <Text id="skip.content" />
      </a>
      <header className={classes.bar} data-own={Boolean(bar) || undefined}>
        <Link to="/rooms" className={classes.mark}>
          <Mark />
        </Link>
        {bar}
        {bar === undefined && grant !== null && (
          <Suspense>
            <Navigation user={grant.user} />
          </Suspense>
        )}
        <Group gap="xs" ml="auto" wrap="nowrap" className={classes.menus}>
          <LanguageMenu />
          {grant !== null && (
            <Suspense>
              <AccountMenu user={grant.user} />
            </Suspense>
          )}
        </Group>
      </header>
      <main id="content" tabIndex={-1} className={wide ? classes.wide : classes.content}>
        {children}
      </main>
    </div>
  );
}

export function useTitle(title: MessageId, values?: Values): void {
  const say = useText();
  const words = say(title, values);
  useEffect(() => {
    document.title = `${words} · Livehall`;
  }, [words]);
}

export function useGrant() {
  return useSyncExternalStore(onIdentityChange, () => grantOf('account'));
}

/** The browser's own list: nothing to load, and at home on phones. */
export function LanguageMenu() {
  const say = useText();
  const { locale } = useIntl();
  const choose = use(LanguageChoice);
  return (
    <span className={classes.language}>
      <IconLanguage size={20} aria-hidden />
      <select aria-label={say('language.menu')} value={locales.find((tag) => locale.startsWith(tag))} onChange={(event) => void choose(event.currentTarget.value as Locale)}>
        {locales.map((tag) => (
          <option key={tag} value={tag} lang={tag} data-verbatim>
            {languageNames[tag]}
          </option>
        ))}
      </select>
    </span>
  );
}

export function BackLink({ to, id }: { to: string; id: MessageId }) {
  return (
    <Anchor component={Link} to={to} size="sm" c="dimmed">
      ← <Text id={id} />
    </Anchor>
  );
}
