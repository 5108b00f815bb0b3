import { Checkbox, Modal, NativeSelect, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Fault } from '../api/envelope';
import { FormFoot } from '../components/FormFoot';
import { Text, useText } from '../i18n/text';
import { invite, type Inviting, keys, type Role } from './calls';
import classes from './Invited.module.css';
import { roleWords } from './words';

const roles: Role[] = ['viewer', 'speaker', 'moderator', 'co_host'];

/** Asks one person to a session, by address. */
export function InviteDialog({ sessionId, onClose }: { sessionId: string; onClose: () => void }) {
  const say = useText();
  const cache = useQueryClient();
  const [role, setRole] = useState<Role>('speaker');
  const ask = useMutation({
    mutationFn: (body: Inviting) => invite(sessionId, body),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: keys.people(sessionId) });
      onClose();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => {
      const value = form.get(name);
      return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
    };
    ask.mutate({
      email: text('email') ?? '',
      first_name: text('first_name'),
      last_name: text('last_name'),
      title: text('title'),
      role,
      is_highlighted: form.get('highlighted') !== null,
      notify: form.get('notify') !== null,
    });
  };
  const fault = ask.error instanceof Fault ? ask.error : null;
  return (
    <Modal opened onClose={onClose} title={<Text id="invited.invite" />} closeButtonProps={{ 'aria-label': say('action.close') }}>
      <form onSubmit={submit}>
        <Stack>
          <TextInput name="email" type="email" label={say('invited.email')} required withAsterisk={false} maxLength={254} data-autofocus error={fault?.field('email')} data-testid="invite-email" />
          <div className={classes.pair}>
            <TextInput name="first_name" label={say('invited.firstName')} maxLength={100} />
            <TextInput name="last_name" label={say('invited.lastName')} maxLength={100} />
          </div>
          <NativeSelect
            label={say('invited.as')}
            value={role}
            onChange={(event) => setRole(event.currentTarget.value as Role)}
            data={roles.map((value) => ({ value, label: say(roleWords[value]) }))}
            data-testid="invite-role"
          />
          {role === 'speaker' && (
            <>
              <TextInput name="title" label={say('invited.jobTitle')} maxLength={200} />
              <Checkbox name="highlighted" label={say('invited.highlighted.label')} />
            </>
          )}
          <Checkbox name="notify" defaultChecked label={say('invited.notify')} data-testid="invite-notify" />
          <FormFoot problem={ask.isError ? fault?.code === 'conflict' ? 'invited.isHigher' : 'fault.notSaved' : null} submit="invited.invite" busy={ask.isPending} testId="send-invitation" onCancel={onClose} />
        </Stack>
      </form>
    </Modal>
  );
}
