import { Button, Modal, Stack, Text as Words, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../api/client';
import { Fault, open } from '../api/envelope';
import type { Recording } from '../api/queries';
import { serverNow } from '../clock';
import { FormFoot } from '../components/FormFoot';
import { Text, useText } from '../i18n/text';
import { fromInput, toInput } from '../sessions/times';
import { keys } from './queries';

/** Says when everybody may watch a recording, or that nobody shall by itself. */
export function PublishLater({ recording, onClose }: { recording: Recording; onClose: () => void }) {
  const say = useText();
  const cache = useQueryClient();
  const [now] = useState(serverNow);
  const save = useMutation({
    mutationFn: (at: string | null) => {
      const path = { params: { path: { id: recording.id } } };
      const never = null as never; // openapi-fetch lets nothing be null that can be nothing else
      return open(at === null ? api().PATCH('/recordings/{id}', { ...path, body: { publish_at: never } }) : api().POST('/recordings/{id}/publish', { ...path, body: { publish_at: at } }));
    },
    onSuccess: onClose,
    onSettled: () => cache.invalidateQueries({ queryKey: keys.mine }),
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const at = fromInput(new FormData(event.currentTarget).get('at') as string);
    if (at !== null) save.mutate(at);
  };
  const hasPassed = save.error instanceof Fault && save.error.field('publish_at') !== undefined;
  return (
    <Modal opened onClose={onClose} title={<Text id="recordings.later.title" />} closeButtonProps={{ 'aria-label': say('action.close') }}>
      <form onSubmit={submit}>
        <Stack>
          <Words>
            <Text id="recordings.later.text" values={{ title: recording.title }} />
          </Words>
          <TextInput
            name="at"
            type="datetime-local"
            label={say('recordings.later.at')}
            defaultValue={toInput(recording.publish_at)}
            min={toInput(new Date(now).toISOString())}
            required
            withAsterisk={false}
            error={hasPassed ? say('recordings.later.passed') : undefined}
            data-autofocus
            data-testid="publish-at"
          />
          {recording.publish_at !== null && (
            <Button variant="subtle" color="gray" c="inherit" onClick={() => save.mutate(null)} disabled={save.isPending} data-testid="do-not-publish">
              <Text id="recordings.later.not" />
            </Button>
          )}
          <FormFoot problem={save.isError && !hasPassed ? 'fault.notSaved' : null} submit="recordings.later.do" busy={save.isPending} testId="confirm-publish" onCancel={onClose} />
        </Stack>
      </form>
    </Modal>
  );
}
