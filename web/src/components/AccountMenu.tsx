import '../theme/dialogs';
import { Button, Menu } from '@mantine/core';
import { IconAdjustments, IconBooks, IconDatabase, IconDeviceMobile, IconFileExport, IconLayoutDashboard, IconLogout, IconMovie, IconPlugConnected, IconShieldCheck, IconUser, IconUsersGroup, IconWebhook } from '@tabler/icons-react';
import { useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { signOut } from '../api/client';
import type { User } from '../api/identity';
import { PanelWords } from '../i18n/PanelWords';
import { Text, useText } from '../i18n/text';
import { OtherDevice } from './OtherDevice';
import classes from './Shell.module.css';

export default function AccountMenu({ user }: { user: User }) {
  return (
    <PanelWords>
      <Account user={user} />
    </PanelWords>
  );
}

function Account({ user }: { user: User }) {
  const say = useText();
  const navigate = useNavigate();
  const [handing, setHanding] = useState(false);
  const name = user.display_name ?? user.username;
  return (
    <>
      <Menu position="bottom-end" width={240}>
        <Menu.Target>
          <Button variant="subtle" color="gray" c="inherit" leftSection={<IconUser size={18} aria-hidden />} aria-label={say('account.menu', { name })} className={classes.account}>
            <span className={classes.name}>{name}</span>
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item component={Link} to="/overview" leftSection={<IconLayoutDashboard size={16} aria-hidden />} data-testid="to-overview">
            <Text id="overview.title" />
          </Menu.Item>
          {user.role !== 'viewer' && (
            <Menu.Item component={Link} to="/recordings" leftSection={<IconMovie size={16} aria-hidden />}>
              <Text id="recordings.title" />
            </Menu.Item>
          )}
          {user.role !== 'viewer' && (
            <Menu.Item component={Link} to="/presets" leftSection={<IconAdjustments size={16} aria-hidden />} data-testid="to-presets">
              <Text id="presets.title" />
            </Menu.Item>
          )}
          {user.role !== 'viewer' && (
            <Menu.Item component={Link} to="/exports" leftSection={<IconFileExport size={16} aria-hidden />} data-testid="to-exports">
              <Text id="exports.title" />
            </Menu.Item>
          )}
          {user.role === 'admin' && (
            <Menu.Item component={Link} to="/libraries" leftSection={<IconBooks size={16} aria-hidden />}>
              <Text id="libraries.title" />
            </Menu.Item>
          )}
          {user.role === 'admin' && (
            <Menu.Item component={Link} to="/groups" leftSection={<IconUsersGroup size={16} aria-hidden />} data-testid="to-groups">
              <Text id="groups.title" />
            </Menu.Item>
          )}
          {user.role === 'admin' && (
            <Menu.Item component={Link} to="/storage" leftSection={<IconDatabase size={16} aria-hidden />}>
              <Text id="storage.title" />
            </Menu.Item>
          )}
          {user.role === 'admin' && (
            <Menu.Item component={Link} to="/terms" leftSection={<IconShieldCheck size={16} aria-hidden />} data-testid="to-terms">
              <Text id="terms.title" />
            </Menu.Item>
          )}
          {user.role === 'admin' && (
            <Menu.Item component={Link} to="/connect" leftSection={<IconPlugConnected size={16} aria-hidden />} data-testid="to-connect">
              <Text id="connect.title" />
            </Menu.Item>
          )}
          {user.role === 'admin' && (
            <Menu.Item component={Link} to="/webhooks" leftSection={<IconWebhook size={16} aria-hidden />} data-testid="to-webhooks">
              <Text id="hooks.title" />
            </Menu.Item>
          )}
          <Menu.Item leftSection={<IconDeviceMobile size={16} aria-hidden />} onClick={() => setHanding(true)} data-testid="other-device">
            <Text id="otherDevice.title" />
          </Menu.Item>
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
      {handing && <OtherDevice onClose={() => setHanding(false)} />}
    </>
  );
}
