import { Modal, Stack, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { api } from '../api/client';
import { Fault, open } from '../api/envelope';
import { FormFoot } from '../components/FormFoot';
import { Text, useText } from '../i18n/text';
import { keys, type Library } from './queries';

/** Makes a library, or renames and describes one that is there. */
export function LibraryDialog({ library, onClose }: { library: Library | null; onClose: () => void }) {
  const say = useText();
  const cache = useQueryClient();
  const save = useMutation({
    mutationFn: (body: { name: string; description: string | null }) =>
      library === null
        ? open(api().POST('/libraries', { body }))
        : open(api().PATCH('/libraries/{library_id}', { params: { path: { library_id: library.id } }, body })),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: keys.all });
      onClose();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const description = (form.get('description') as string).trim();
    save.mutate({ name: (form.get('name') as string).trim(), description: description === '' ? null : description });
  };
  const fault = save.error instanceof Fault ? save.error : null;
  const isTaken = fault?.code === 'already_exists';
  return (
    <Modal
      opened
      onClose={onClose}
      title={library === null ? <Text id="libraries.new" /> : <Text id="libraries.rename.name" values={{ name: library.name }} />}
      closeButtonProps={{ 'aria-label': say('action.close') }}
    >
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            name="name"
            label={say('libraries.name')}
            defaultValue={library?.name}
            required
            withAsterisk={false}
            maxLength={200}
            data-autofocus
            error={isTaken ? say('libraries.taken') : fault?.field('name')}
            data-testid="library-name"
          />
          <Textarea name="description" label={say('libraries.description')} defaultValue={library?.description ?? ''} rows={3} maxLength={4096} />
          <FormFoot problem={save.isError && !isTaken ? 'fault.notSaved' : null} submit={library === null ? 'libraries.create' : 'libraries.save'} busy={save.isPending} testId="save-library" onCancel={onClose} />
        </Stack>
      </form>
    </Modal>
  );
}
