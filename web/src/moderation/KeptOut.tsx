import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useIntl } from 'react-intl';
import { api } from '../api/client';
import { open } from '../api/envelope';
import type { Identity } from '../api/identity';
import { keys } from '../api/queries';
import { State } from '../components/states';
import { PanelWords } from '../i18n/PanelWords';
import { Text, whenIn } from '../i18n/text';

const LOOK_AGAIN = 10_000; // ms

interface KeptOutProps {
  sessionId: string;
  identity: Identity;
  /** As far as the page knows: a ban, a removal that may be one, or sent away from the waiting room. */
  how: 'banned' | 'removed' | 'denied';
  /** What the team said to somebody whom it sent away. */
  reason: string | null;
  onBack: () => void;
}

/** Says why somebody is not within, and when they can be again. */
export default function KeptOut(props: KeptOutProps) {
  return (
    <PanelWords>
      {props.how === 'denied' ? <Denied reason={props.reason} onBack={props.onBack} /> : <Banned {...props} />}
    </PanelWords>
  );
}

function Denied({ reason, onBack }: Pick<KeptOutProps, 'reason' | 'onBack'>) {
  const again = (
    <Button variant="default" onClick={onBack} data-testid="ask-again">
      <Text id="action.tryAgain" />
    </Button>
  );
  return (
    <div data-testid="denied">
      <State title="kept.denied" text={reason === null ? 'kept.denied.text' : 'kept.denied.reason'} values={{ reason: reason ?? '' }} inner action={again} />
    </div>
  );
}

function Banned({ sessionId, identity, how, onBack }: KeptOutProps) {
  const intl = useIntl();
  const ban = useQuery({
    queryKey: [...keys.session(sessionId), 'ban', identity],
    queryFn: () => open(api(identity).GET('/sessions/{id}/bans/me', { params: { path: { id: sessionId } } })),
    refetchInterval: LOOK_AGAIN,
    staleTime: 0,
  });
  const [wasBanned, setWasBanned] = useState(how === 'banned');
  const isBanned = ban.data?.banned ?? how === 'banned';
  if (isBanned && !wasBanned) setWasBanned(true);
  if (isBanned) {
    const until = ban.data?.expires_at ?? null;
    return (
      <div data-testid="banned">
        {until === null ? (
          <State title="watch.banned" text="watch.banned.text" inner />
        ) : (
          <State title="watch.banned" text="kept.until" values={{ when: whenIn(intl, until) }} inner />
        )}
      </div>
    );
  }
  if (!wasBanned) return <State title="watch.removed" text="watch.removed.text" inner />;
  return (
    <State
      title="kept.lifted"
      text="kept.lifted.text"
      inner
      action={
        <Button onClick={onBack} data-testid="come-back">
          <Text id="watch.comeBack" />
        </Button>
      }
    />
  );
}
