import { Modal, Stack } from '@mantine/core';
import { type UseMutationResult, useMutation } from '@tanstack/react-query';
import type { FormEvent, ReactNode } from 'react';
import { Fault, Unreachable } from '../api/envelope';
import { FormFoot } from '../components/FormFoot';
import { type MessageId, Text, useText } from '../i18n/text';

type Saving = Pick<UseMutationResult, 'isPending' | 'isError' | 'error'>;

/** A call that closes its dialog when it went well, and the refusal, if it was one. */
export function useSaving<T>(call: (body: T) => Promise<unknown>, onDone: () => void, onClose: () => void) {
  const save = useMutation({
    mutationFn: call,
    onSuccess: () => {
      onClose();
      onDone();
    },
  });
  return { save, fault: save.error instanceof Fault ? save.error : null };
}

interface SessionFormProps {
  title: MessageId;
  submit: MessageId;
  saving: Saving;
  onSubmit: (event: FormEvent<HTMLFormElement>) => void;
  onClose: () => void;
  children: ReactNode;
}

/** The dialog around a session's fields. */
export function SessionForm({ title, submit, saving, onSubmit, onClose, children }: SessionFormProps) {
  const say = useText();
  return (
    <Modal opened onClose={onClose} title={<Text id={title} />} closeButtonProps={{ 'aria-label': say('action.close') }}>
      <form onSubmit={onSubmit}>
        <Stack>
          {children}
          <FormFoot problem={saving.isError ? problemWords(saving.error) : null} submit={submit} busy={saving.isPending} testId="save-session" onCancel={onClose} />
        </Stack>
      </form>
    </Modal>
  );
}

function problemWords(problem: unknown): MessageId {
  if (problem instanceof Unreachable) return 'fault.unreachable.text';
  if (problem instanceof Fault && problem.status === 409) return 'session.changedMeanwhile';
  return problem instanceof Fault && problem.status === 403 ? 'fault.forbidden.text' : 'fault.notSaved';
}
