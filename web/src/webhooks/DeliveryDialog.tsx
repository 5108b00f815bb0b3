import { Button, Group, Modal, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useIntl } from 'react-intl';
import { Problem } from '../components/Problem';
import { FaultState, LoadingRows } from '../components/states';
import { shortWhen, Text, useText } from '../i18n/text';
import classes from './Hooks.module.css';
import { delivery as deliveryQuery, type Detail, type Endpoint, readable } from './queries';
import { StateBadge } from './StateBadge';
import { useRetry } from './useRetry';

/** One delivery: how it fares, what was answered, what was sent. */
export function DeliveryDialog({ endpoint, id, type, onClose }: { endpoint: Endpoint; id: string; type: string; onClose: () => void }) {
  const say = useText();
  const found = useQuery(deliveryQuery(endpoint.id, id));
  const again = useRetry(endpoint.id, id);
  return (
    <Modal opened onClose={onClose} size="lg" title={<span data-verbatim>{type}</span>} closeButtonProps={{ 'aria-label': say('action.close') }}>
      <Stack data-testid="delivery-detail">
        {found.isPending && <LoadingRows rows={2} />}
        {found.isError && <FaultState error={found.error} retry={() => void found.refetch()} />}
        {found.data !== undefined && <Facts delivery={found.data} />}
        <Problem id={again.isError ? 'fault.notSaved' : null} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            <Text id="action.close" />
          </Button>
          <Button loading={again.isPending} disabled={!endpoint.enabled || found.data === undefined || found.data.state === 'pending'} onClick={() => again.mutate()} data-testid="retry-delivery">
            <Text id="hooks.again" />
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function Facts({ delivery }: { delivery: Detail }) {
  const intl = useIntl();
  const when = (at: string | null) => (at === null ? null : shortWhen(intl, at));
  return (
    <>
      <dl className={classes.facts}>
        <Fact name={<Text id="hooks.delivery.state" />}>
          <StateBadge state={delivery.state} />
        </Fact>
        <Fact name={<Text id="hooks.delivery.attempts" />}>{intl.formatNumber(delivery.attempts)}</Fact>
        <Fact name={<Text id="hooks.delivery.last" />}>{when(delivery.last_attempt_at)}</Fact>
        <Fact name={<Text id="hooks.delivery.next" />}>{when(delivery.next_attempt_at)}</Fact>
        <Fact name={<Text id="hooks.delivery.answer" />} testId="delivery-answer">
          <Answer delivery={delivery} />
        </Fact>
        <Fact name={<span data-verbatim>webhook-id</span>}>
          <span data-verbatim>{delivery.message_id}</span>
        </Fact>
      </dl>
      {delivery.response_excerpt !== null && delivery.response_excerpt !== '' && (
        <section>
          <h3 className={classes.part}>
            <Text id="hooks.delivery.heard" />
          </h3>
          <pre className={classes.body} data-verbatim data-testid="delivery-excerpt">
            {delivery.response_excerpt}
          </pre>
        </section>
      )}
      <details>
        <summary>
          <Text id="hooks.delivery.sent" />
        </summary>
        <pre className={classes.body} data-verbatim data-testid="delivery-body">
          {readable(delivery.request_body)}
        </pre>
      </details>
    </>
  );
}

function Answer({ delivery }: { delivery: Detail }) {
  const intl = useIntl();
  const took = delivery.duration_ms === null ? '' : ` · ${intl.formatNumber(delivery.duration_ms, { style: 'unit', unit: 'millisecond' })}`;
  if (delivery.error !== null) {
    return (
      <>
        <Text id={`hooks.error.${delivery.error as 'timeout'}`} />
        {took}
      </>
    );
  }
  if (delivery.response_status === null) return <Text id="hooks.delivery.none" />;
  return `${delivery.response_status}${took}`;
}

/** Says nothing where there is nothing. */
function Fact({ name, testId, children }: { name: ReactNode; testId?: string; children: ReactNode }) {
  if (children === null) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd className="lh-figures" data-testid={testId}>
        {children}
      </dd>
    </div>
  );
}
