import { Modal, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { Fault } from '../api/envelope';
import { FormFoot } from '../components/FormFoot';
import { useText } from '../i18n/text';
import { correct, type Registration, registrationKeys } from './calls';

interface CorrectDialogProps {
  roomId: string;
  registration: Registration;
  name: string;
  onClose: () => void;
}

/** A name or an address that was mistyped. Another address gets another personal link; the old one opens nothing then. */
export function CorrectDialog({ roomId, registration, name, onClose }: CorrectDialogProps) {
  const say = useText();
  const cache = useQueryClient();
  const save = useMutation({
    mutationFn: (body: Parameters<typeof correct>[1]) => correct(registration.id, body),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: registrationKeys.list(roomId) });
      onClose();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const given = (field: string) => (form.get(field) as string).trim();
    const email = given('email');
    save.mutate({ first_name: given('first_name') || null, last_name: given('last_name') || null, ...(email !== registration.email && { email }) });
  };
  const fault = save.error instanceof Fault ? save.error : null;
  const isTaken = fault?.status === 409;
  return (
    <Modal opened onClose={onClose} title={say('registrants.correct.name', { name })} closeButtonProps={{ 'aria-label': say('action.close') }}>
      <form onSubmit={submit}>
        <Stack>
          <TextInput name="first_name" label={say('registration.firstName')} defaultValue={registration.first_name ?? ''} maxLength={100} data-autofocus error={fault?.field('first_name')} data-testid="correct-first-name" />
          <TextInput name="last_name" label={say('registration.lastName')} defaultValue={registration.last_name ?? ''} maxLength={100} error={fault?.field('last_name')} />
          <TextInput
            name="email"
            type="email"
            label={say('registration.email')}
            description={say('registrants.correct.email')}
            defaultValue={registration.email ?? ''}
            required
            withAsterisk={false}
            maxLength={254}
            error={isTaken ? say('registrants.correct.taken') : fault?.field('email')}
            data-testid="correct-email"
          />
          <FormFoot problem={save.isError && !isTaken ? 'fault.notSaved' : null} submit="action.save" busy={save.isPending} testId="save-registrant" onCancel={onClose} />
        </Stack>
      </form>
    </Modal>
  );
}
