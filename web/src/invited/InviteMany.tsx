import { Checkbox, Modal, NativeSelect, Stack, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Fault } from '../api/envelope';
import { FormFoot } from '../components/FormFoot';
import { Text, useText } from '../i18n/text';
import { addressesIn, inviteAll, keys, type Role } from './calls';
import { roleWords } from './words';

const MOST = 500; // the contract's largest number at once
const roles: Role[] = ['viewer', 'speaker', 'moderator', 'co_host'];

/** Asks many people to a session at once, by their addresses, as they stand in a mail or a table. */
export function InviteMany({ sessionId, onClose }: { sessionId: string; onClose: () => void }) {
  const say = useText();
  const cache = useQueryClient();
  const [typed, setTyped] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [notify, setNotify] = useState(true);
  const addresses = addressesIn(typed);
  const ask = useMutation({
    mutationFn: () => inviteAll(sessionId, { people: addresses.map((email) => ({ email })), role: role as Exclude<Role, 'host'>, notify }),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: keys.people(sessionId) });
      onClose();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    ask.mutate();
  };
  const isRefused = ask.error instanceof Fault && ask.error.status === 422;
  return (
    <Modal opened onClose={onClose} title={<Text id="invited.many" />} closeButtonProps={{ 'aria-label': say('action.close') }}>
      <form onSubmit={submit}>
        <Stack>
          <Textarea
            label={say('invited.many.addresses')}
            description={say('invited.many.hint')}
            rows={6}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            required
            withAsterisk={false}
            data-autofocus
            error={addresses.length > MOST ? say('invited.many.most', { most: MOST }) : isRefused ? say('invited.many.refused') : null}
            data-testid="invite-addresses"
          />
          <NativeSelect label={say('invited.as')} value={role} onChange={(event) => setRole(event.currentTarget.value as Role)} data={roles.map((value) => ({ value, label: say(roleWords[value]) }))} />
          <Checkbox label={say('invited.notify')} checked={notify} onChange={(event) => setNotify(event.currentTarget.checked)} />
          <span role="status" className="lh-figures">
            <Text id="invited.many.count" values={{ count: addresses.length }} />
          </span>
          <FormFoot
            problem={ask.isError && !isRefused ? 'fault.notSaved' : null}
            submit="invited.invite"
            busy={ask.isPending}
            disabled={addresses.length === 0 || addresses.length > MOST}
            testId="invite-all"
            onCancel={onClose}
          />
        </Stack>
      </form>
    </Modal>
  );
}
