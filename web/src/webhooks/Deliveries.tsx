import { Button, Text as Words, Title, UnstyledButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useIntl } from 'react-intl';
import { shortWhen, Text, useText } from '../i18n/text';
import { DeliveryDialog } from './DeliveryDialog';
import classes from './Hooks.module.css';
import { type Delivery, deliveries, type Endpoint } from './queries';
import { StateBadge } from './StateBadge';
import { useRetry } from './useRetry';

/** The last deliveries to an endpoint: what, when, and how it went; each opens. */
export function Deliveries({ endpoint }: { endpoint: Endpoint }) {
  const found = useQuery(deliveries(endpoint.id));
  const [open, setOpen] = useState<Delivery | null>(null);
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
            <Row key={each.id} delivery={each} endpoint={endpoint} onOpen={() => setOpen(each)} />
          ))}
        </ul>
      )}
      {open !== null && <DeliveryDialog endpoint={endpoint} id={open.id} type={open.event_type} onClose={() => setOpen(null)} />}
    </section>
  );
}

function Row({ delivery, endpoint, onOpen }: { delivery: Delivery; endpoint: Endpoint; onOpen: () => void }) {
  const intl = useIntl();
  const say = useText();
  const again = useRetry(endpoint.id, delivery.id);
  return (
    <li className={classes.delivery} data-testid="delivery">
      <StateBadge state={delivery.state} />
      <UnstyledButton className={classes.type} onClick={onOpen} aria-label={say('hooks.delivery.open', { type: delivery.event_type })} data-verbatim data-testid="open-delivery">
        {delivery.event_type}
      </UnstyledButton>
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
