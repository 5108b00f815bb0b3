import { Button, Group as Row, Modal, Stack, Text as Words, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Fault } from '../api/envelope';
import { Text, useText } from '../i18n/text';
import { type Group, keys, remove, save, type Words as Said } from './calls';

/** Makes a group, changes or removes one that is there. */
export function GroupDialog({ group, onClose }: { group: Group | null; onClose: () => void }) {
  const say = useText();
  const cache = useQueryClient();
  const [asks, setAsks] = useState(false);
  const after = () => {
    void cache.invalidateQueries({ queryKey: keys.all });
    onClose();
  };
  const keep = useMutation({ mutationFn: (body: Said) => save(group, body), onSuccess: after });
  const drop = useMutation({ mutationFn: (id: string) => remove(id), onSuccess: after });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => (form.get(name) as string).trim();
    keep.mutate({ name: text('name'), description: text('description') || null, emoji: text('emoji') || null });
  };
  const fault = keep.error instanceof Fault ? keep.error : null;
  const isTaken = fault?.code === 'already_exists';
  return (
    <Modal opened onClose={onClose} title={group === null ? <Text id="groups.new" /> : <Text id="groups.edit.name" values={{ name: group.name }} />} closeButtonProps={{ 'aria-label': say('action.close') }}>
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            name="name"
            label={say('groups.name')}
            defaultValue={group?.name}
            required
            withAsterisk={false}
            maxLength={200}
            data-autofocus
            error={isTaken ? say('groups.taken') : fault?.field('name')}
            data-testid="group-name"
          />
          <TextInput name="emoji" label={say('groups.emoji')} defaultValue={group?.emoji ?? ''} maxLength={16} w={120} />
          <Textarea name="description" label={say('groups.description')} defaultValue={group?.description ?? ''} rows={3} maxLength={4096} />
          {((keep.isError && !isTaken) || drop.isError) && (
            <Words c="var(--mantine-color-error)" size="sm" role="alert">
              <Text id="fault.notSaved" />
            </Words>
          )}
          {asks && (
            <Words size="sm" role="alert">
              <Text id="groups.remove.text" />
            </Words>
          )}
          <Row justify="space-between">
            {group === null ? (
              <span />
            ) : (
              <Button variant="subtle" color="red" c={asks ? 'red' : 'inherit'} loading={drop.isPending} onClick={() => (asks ? drop.mutate(group.id) : setAsks(true))} data-testid="remove-group">
                <Text id={asks ? 'groups.remove.sure' : 'groups.remove'} />
              </Button>
            )}
            <Row gap="xs">
              <Button variant="default" onClick={onClose}>
                <Text id="action.cancel" />
              </Button>
              <Button type="submit" loading={keep.isPending} data-testid="save-group">
                <Text id="groups.save" />
              </Button>
            </Row>
          </Row>
        </Stack>
      </form>
    </Modal>
  );
}
