import { ActionIcon, Anchor, Button, Group, Menu } from '@mantine/core';
import { IconLanguage, IconLogout, IconUser } from '@tabler/icons-react';
import { type ReactNode, use, useEffect, useSyncExternalStore } from 'react';
import { useIntl } from 'react-intl';
import { Link, NavLink, useNavigate } from 'react-router';
import { signOut } from '../api/client';
import { grantOf, onIdentityChange } from '../api/identity';
import { LanguageChoice, languageNames, locales } from '../i18n/locale';
import { type MessageId, Text, useText, type Values } from '../i18n/text';
import { Mark } from './Mark';
import classes from './Shell.module.css';

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
  return (
    <div className={classes.shell}>
      <a className={classes.skip} href="#content">
        <Text id="skip.content" />
      </a>
      <header className={classes.bar}>
        <Link to="/rooms" className={classes.mark}>
          <Mark />
        </Link>
        {bar ?? <Navigation />}
        <Group gap="xs" ml="auto" wrap="nowrap">
          <LanguageMenu />
          <AccountMenu />
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

function Navigation() {
  const say = useText();
  const grant = useGrant();
  if (grant === null) return null;
  return (
    <nav aria-label={say('nav.label')}>
      <NavLink to="/rooms" className={classes.link ?? ''}>
        <Text id="rooms.title" />
      </NavLink>
    </nav>
  );
}

function useGrant() {
  return useSyncExternalStore(onIdentityChange, () => grantOf('account'));
}

function AccountMenu() {
  const grant = useGrant();
  const say = useText();
  const navigate = useNavigate();
  if (grant === null) return null;
  const name = grant.user.display_name ?? grant.user.username;
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <Button variant="subtle" color="gray" c="inherit" leftSection={<IconUser size={18} aria-hidden />} aria-label={say('account.menu', { name })} className={classes.account}>
          <span className={classes.name}>{name}</span>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={<IconLogout size={16} aria-hidden />}
          onClick={() => {
            void signOut().finally(() => void navigate('/'));
          }}
        >
          <Text id="account.signOut" />
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

export function LanguageMenu() {
  const say = useText();
  const { locale } = useIntl();
  const choose = use(LanguageChoice);
  return (
    <Menu position="bottom-end" width={160}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" c="dimmed" size={36} aria-label={say('language.menu')}>
          <IconLanguage size={20} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {locales.map((tag) => (
          <Menu.Item
            key={tag}
            lang={tag}
            fw={tag === locale ? 650 : undefined}
            aria-current={tag === locale}
            onClick={() => void choose(tag)}
          >
            {languageNames[tag]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

export function BackLink({ to, id }: { to: string; id: MessageId }) {
  return (
    <Anchor component={Link} to={to} size="sm" c="dimmed">
      ← <Text id={id} />
    </Anchor>
  );
}
