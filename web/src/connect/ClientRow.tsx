import { Badge, Button, Group, Text as Words } from '@mantine/core';
import { useIntl } from 'react-intl';
import { shortWhen, Text, useText } from '../i18n/text';
import type { Client } from './apis';
import classes from './Connect.module.css';

/** One credential in force: what it may do and when it was used. Its secret is nowhere. */
export function ClientRow({ client, onChange, onRotate, onRevoke }: { client: Client; onChange: () => void; onRotate: () => void; onRevoke: () => void }) {
  const intl = useIntl();
  const say = useText();
  const { name } = client;
  return (
    <li className={classes.row} data-testid="client">
      <div className={classes.words}>
        <Group gap="xs">
          <Words fw={600}>{name}</Words>
          {client.scopes.map((scope) => (
            <Badge key={scope} variant="light" color="gray" tt="none" c="inherit" data-verbatim>
              {scope}
            </Badge>
          ))}
        </Group>
        <Words size="sm" c="dimmed">
          <span data-verbatim>{client.issuer ?? client.client_id}</span>
          {' · '}
          {client.last_used_at == null ? <Text id="connect.neverUsed" /> : <Text id="connect.lastUsed" values={{ when: shortWhen(intl, client.last_used_at) }} />}
        </Words>
        {client.previous_until != null && new Date(client.previous_until) > new Date() && (
          <Words size="sm" c="dimmed">
            <Text id="connect.overlaps" values={{ when: shortWhen(intl, client.previous_until) }} />
          </Words>
        )}
      </div>
      <Group gap="xs">
        <Button variant="default" size="compact-md" onClick={onChange} aria-label={say('connect.change.name', { name })} data-testid="change-client">
          <Text id="connect.change" />
        </Button>
        <Button variant="default" size="compact-md" onClick={onRotate} aria-label={say('connect.rotate.name', { name })} data-testid="rotate">
          <Text id="connect.rotate" />
        </Button>
        <Button variant="default" size="compact-md" onClick={onRevoke} aria-label={say('connect.revoke.name', { name })} data-testid="revoke">
          <Text id="connect.revoke" />
        </Button>
      </Group>
    </li>
  );
}
