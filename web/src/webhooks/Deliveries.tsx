import { Badge, Button, Text as Words, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useIntl } from 'react-intl';
import { api } from '../api/client';
import { open } from '../api/envelope';
import { shortWhen, Text, useText } from '../i18n/text';
import classes from './Hooks.module.css';
import { type Delivery, deliveries, type Endpoint, keys } from './queries';

const COLORS = { succeeded: 'teal', pending: 'gray', failed: 'yellow', abandoned: 'red' } as const;

/** The last deliveries to an endpoint: what, when, and how it went. */
export function Deliveries({ endpoint }: { endpoint: Endpoint }) {
  const found = useQuery(deliveries(endpoint.id));
  if (found.data === undefined) return null;
  return (
    <section>
      <Title order={3} size="h5" mb="xs">
        <Text id="hooks.deliveries" />
      </Title>
      {found.data.length === 0 ? (
        <Words size="sm" c="dimmed">
          <Text id="hooks.nothing" />
        </Words>
      ) : (
        <ul className={classes.deliveries}>
          {found.data.map((each) => (
            <Row key={each.id} delivery={each} endpoint={endpoint} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Row({ delivery, endpoint }: { delivery: Delivery; endpoint: Endpoint }) {
  const intl = useIntl();
  const say = useText();
  const cache = useQueryClient();
  const again = useMutation({
    mutationFn: () => open(api().POST('/webhook-deliveries/{id}/retry', { params: { path: { id: delivery.id } } })),
    onSuccess: () => void cache.invalidateQueries({ queryKey: keys.deliveries(endpoint.id) }),
  });
  return (
    <li className={classes.delivery} data-testid="delivery">
      <Badge variant="light" color={COLORS[delivery.state]} c="inherit" tt="none" className={classes.state}>
        <Text id={`hooks.state.${delivery.state}`} />
      </Badge>
      <Words size="sm" className={classes.type} data-verbatim>
        {delivery.event_type}
      </Words>
      <Words size="sm" c="dimmed">
        {shortWhen(intl, delivery.created_at)}
        {delivery.test && (
          <>
            {' · '}
            <Text id="hooks.sample" />
          </>
        )}
        {delivery.response_status != null && ` · ${delivery.response_status}`}
        {delivery.error != null && (
          <>
            {' · '}
            <Text id={`hooks.error.${delivery.error as 'timeout'}`} />
          </>
        )}
      </Words>
      <Button
        variant="subtle"
        size="compact-sm"
        loading={again.isPending}
        disabled={!endpoint.enabled || delivery.state === 'pending'}
        onClick={() => again.mutate()}
        aria-label={say('hooks.again.name', { type: delivery.event_type })}
      >
        <Text id="hooks.again" />
      </Button>
    </li>
  );
}
