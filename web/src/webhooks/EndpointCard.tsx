import { Alert, Badge, Button, Group, Switch, Text as Words, Title } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useIntl } from 'react-intl';
import { api } from '../api/client';
import { open } from '../api/envelope';
import { shortWhen, Text, useText } from '../i18n/text';
import { Deliveries } from './Deliveries';
import classes from './Hooks.module.css';
import { type Endpoint, keys } from './queries';

const SHOWN = 6; // names of events

/** What can be asked of one; each has a dialog. */
export type Asked = 'edit' | 'replay' | 'rotate' | 'remove';

/** One endpoint: where it is, what it hears, how it fares, and its last deliveries. */
export function EndpointCard({ endpoint, onAsk }: { endpoint: Endpoint; onAsk: (what: Asked) => void }) {
  const say = useText();
  const cache = useQueryClient();
  const path = { params: { path: { id: endpoint.id } } };
  const name = endpoint.description ?? endpoint.url;
  const look = () => void cache.invalidateQueries({ queryKey: keys.deliveries(endpoint.id) });
  const test = useMutation({ mutationFn: () => open(api().POST('/webhook-endpoints/{id}/test', { ...path, body: {} })), onSuccess: look });
  const turn = useMutation({
    mutationFn: (enabled: boolean) => open(api().PATCH('/webhook-endpoints/{id}', { ...path, body: { enabled } })),
    onSettled: () => void cache.invalidateQueries({ queryKey: keys.all }),
  });
  return (
    <li className={`lh-card ${classes.card}`} data-testid="endpoint">
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <div className={classes.words}>
          <Title order={2} size="h3" data-verbatim>
            {name}
          </Title>
          {endpoint.description != null && (
            <Words size="sm" c="dimmed" data-verbatim>
              {endpoint.url}
            </Words>
          )}
          <Health endpoint={endpoint} />
        </div>
        <Switch
          checked={endpoint.enabled}
          disabled={turn.isPending}
          onChange={(event) => turn.mutate(event.currentTarget.checked)}
          aria-label={say('hooks.on', { name })}
          data-testid="endpoint-on"
        />
      </Group>
      <Group gap="xs">
        <Badge variant="light" tt="none">
          <Text id={`hooks.format.${endpoint.format}`} />
        </Badge>
        {endpoint.event_types.length === 0 && (
          <Badge variant="light" color="gray" tt="none" c="inherit">
            <Text id="hooks.all" />
          </Badge>
        )}
        {endpoint.event_types.slice(0, SHOWN).map((each) => (
          <Badge key={each} variant="light" color="gray" tt="none" c="inherit" data-verbatim>
            {each}
          </Badge>
        ))}
        {endpoint.event_types.length > SHOWN && (
          <Words size="sm" c="dimmed">
            <Text id="hooks.more" values={{ count: endpoint.event_types.length - SHOWN }} />
          </Words>
        )}
      </Group>
      {endpoint.off_reason != null && (
        <Alert color="yellow" icon={<IconAlertTriangle size={20} aria-hidden />} c="inherit">
          <Text id={`hooks.off.${endpoint.off_reason}`} />
          <Group mt="sm">
            <Button variant="default" size="compact-md" onClick={() => onAsk('replay')} data-testid="catch-up">
              <Text id="hooks.off.act" />
            </Button>
          </Group>
        </Alert>
      )}
      <Deliveries endpoint={endpoint} />
      {(test.isError || turn.isError) && (
        <Words c="var(--mantine-color-error)" size="sm" role="alert">
          <Text id="fault.notSaved" />
        </Words>
      )}
      <Group gap="xs">
        <Button variant="default" size="compact-md" loading={test.isPending} disabled={!endpoint.enabled} onClick={() => test.mutate()} aria-label={say('hooks.test.name', { name })} data-testid="test-endpoint">
          <Text id="hooks.test" />
        </Button>
        <Button variant="default" size="compact-md" onClick={() => onAsk('replay')} aria-label={say('hooks.replay.name', { name })} data-testid="replay-endpoint">
          <Text id="hooks.replay" />
        </Button>
        <Button variant="default" size="compact-md" onClick={() => onAsk('edit')} aria-label={say('hooks.edit.name', { name })} data-testid="edit-endpoint">
          <Text id="hooks.edit" />
        </Button>
        <Button variant="default" size="compact-md" onClick={() => onAsk('rotate')} aria-label={say('hooks.rotate.name', { name })} data-testid="rotate-endpoint">
          <Text id="hooks.rotate" />
        </Button>
        <Button variant="default" size="compact-md" onClick={() => onAsk('remove')} aria-label={say('hooks.remove.name', { name })} data-testid="remove-endpoint">
          <Text id="hooks.remove" />
        </Button>
      </Group>
    </li>
  );
}

function Health({ endpoint }: { endpoint: Endpoint }) {
  const intl = useIntl();
  if (endpoint.failing_since != null) {
    return (
      <Words size="sm" c="var(--mantine-color-error)">
        <Text id="hooks.failing" values={{ when: shortWhen(intl, endpoint.failing_since) }} />
      </Words>
    );
  }
  return (
    <Words size="sm" c="dimmed">
      {endpoint.last_success_at == null ? <Text id="hooks.neverHeard" /> : <Text id="hooks.heard" values={{ when: shortWhen(intl, endpoint.last_success_at) }} />}
    </Words>
  );
}
