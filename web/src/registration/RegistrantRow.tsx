import { Badge, Button, Group, Modal, Text as Words } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type IntlShape, useIntl } from 'react-intl';
import listing from '../components/Listing.module.css';
import { shortWhen, Text, useText } from '../i18n/text';
import { approve, cancel, deny, type FormField, type Registration, registrationKeys, resend, type Status } from './calls';
import { CorrectDialog } from './CorrectDialog';
import classes from './Registrants.module.css';
import { labelOf, optionsOf, presenceWords, statusWords } from './words';

interface RegistrantRowProps {
  roomId: string;
  registration: Registration;
  fields: FormField[];
}

export function RegistrantRow({ roomId, registration, fields }: RegistrantRowProps) {
  const intl = useIntl();
  const name = `${registration.first_name ?? ''} ${registration.last_name ?? ''}`.trim() || (registration.email ?? '');
  const answers = fields.flatMap((field) => {
    const answer = registration.answers[field.id];
    const label = labelOf(field, intl.locale);
    if (answer === undefined || answer === false || answer === '') return [];
    return [answer === true ? label : `${label}: ${wordOf(field, answer, intl)}`];
  });
  return (
    <li className={`lh-card ${listing.row}`} data-testid="registrant" data-status={registration.status} data-presence={registration.presence}>
      <div className={listing.who}>
        <Group gap="sm">
          <Words fw={600}>{name}</Words>
          <StatusBadge status={registration.status} />
          {registration.presence !== 'absent' && (
            <Words size="sm" fw={550} c={registration.presence === 'present' ? 'var(--lh-accent-text)' : 'dimmed'}>
              <Text id={presenceWords[registration.presence]} />
            </Words>
          )}
        </Group>
        <Words size="sm" c="dimmed">
          {registration.email} · {shortWhen(intl, registration.registered_at)}
        </Words>
        {registration.consent?.is_outdated === true && (
          <Words size="sm" data-testid="to-agree-again">
            <Text id="registrants.outdated" />
          </Words>
        )}
        {answers.length > 0 && <p className={classes.answers}>{answers.join(' · ')}</p>}
      </div>
      <Deeds roomId={roomId} registration={registration} name={name} />
    </li>
  );
}

function StatusBadge({ status }: { status: Status }) {
  return (
    <Badge variant="light" color={status === 'pending' ? 'yellow' : 'gray'} tt="none" c="inherit">
      <Text id={statusWords[status]} />
    </Badge>
  );
}

/** As the reader would have chosen it. */
function wordOf(field: FormField, answer: string, intl: IntlShape): string {
  if (field.kind === 'country') return intl.formatDisplayName(answer, { type: 'region' }) ?? answer;
  return optionsOf(field, intl.locale).find(({ value }) => value === answer)?.label ?? answer;
}

function Deeds({ roomId, registration, name }: { roomId: string; registration: Registration; name: string }) {
  const say = useText();
  const cache = useQueryClient();
  const [asks, setAsks] = useState(false);
  const [corrects, setCorrects] = useState(false);
  const act = useMutation({
    mutationFn: (deed: (id: string) => Promise<unknown>) => deed(registration.id),
    onSuccess: () => setAsks(false),
    onSettled: () => cache.invalidateQueries({ queryKey: registrationKeys.list(roomId) }),
  });
  const { status } = registration;
  const sent = act.isSuccess && act.variables === resend;
  return (
    <Group gap="xs">
      {act.isError && (
        <Words size="sm" c="var(--mantine-color-error)" role="alert">
          <Text id="fault.notSaved" />
        </Words>
      )}
      {status === 'pending' && (
        <>
          <Button size="compact-md" onClick={() => act.mutate(approve)} loading={act.isPending && act.variables === approve} aria-label={say('registrants.approve.name', { name })} data-testid="approve">
            <Text id="registrants.approve" />
          </Button>
          <Button size="compact-md" variant="default" onClick={() => act.mutate(deny)} aria-label={say('registrants.deny.name', { name })} data-testid="deny">
            <Text id="registrants.deny" />
          </Button>
        </>
      )}
      {status === 'approved' && (
        <Button size="compact-md" variant="default" onClick={() => act.mutate(resend)} disabled={sent} aria-label={say('registrants.resend.name', { name })} data-testid="resend">
          <Text id={sent ? 'registrants.resent' : 'registrants.resend'} />
        </Button>
      )}
      {(status === 'approved' || status === 'pending') && (
        <Button size="compact-md" variant="default" onClick={() => setCorrects(true)} aria-label={say('registrants.correct.name', { name })} data-testid="correct">
          <Text id="registrants.correct" />
        </Button>
      )}
      {corrects && <CorrectDialog roomId={roomId} registration={registration} name={name} onClose={() => setCorrects(false)} />}
      {status === 'approved' && (
        <Button size="compact-md" variant="subtle" color="gray" c="inherit" onClick={() => setAsks(true)} aria-label={say('registrants.cancel.name', { name })} data-testid="cancel-registration">
          <Text id="registrants.cancel" />
        </Button>
      )}
      <Modal opened={asks} onClose={() => setAsks(false)} title={say('registrants.cancel.name', { name })} closeButtonProps={{ 'aria-label': say('action.close') }}>
        <Words>
          <Text id="registrants.cancel.text" />
        </Words>
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={() => setAsks(false)}>
            <Text id="registration.cancel.keep" />
          </Button>
          <Button color="red" loading={act.isPending} onClick={() => act.mutate(cancel)} data-testid="confirm-cancel">
            <Text id="registrants.cancel" />
          </Button>
        </Group>
      </Modal>
    </Group>
  );
}
