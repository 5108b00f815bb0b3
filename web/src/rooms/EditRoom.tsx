import { Modal, NativeSelect, PasswordInput, Stack, Switch, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../api/client';
import { Fault, open } from '../api/envelope';
import { keys, type Room } from '../api/queries';
import type { components } from '../api/schema';
import { FormFoot } from '../components/FormFoot';
import { type MessageId, Text, useText } from '../i18n/text';
import { libraries } from '../libraries/queries';
import { DefaultPreset } from '../presets/DefaultPreset';
import { useUsable } from '../presets/useUsable';

type Change = components['schemas']['UpdateRoomRequest'];
type Visibility = NonNullable<Room['visibility']>;

const VISIBILITY: Record<Visibility, MessageId> = {
  public: 'room.visibility.public',
  unlisted: 'room.visibility.unlisted',
  members: 'room.visibility.members',
  private: 'room.visibility.private',
};

/** Name, who may see and enter it, and what its sessions go by. */
export function EditRoom({ room, onClose }: { room: Room; onClose: () => void }) {
  const say = useText();
  const cache = useQueryClient();
  const shelves = useQuery(libraries()).data ?? [];
  const presets = useUsable(room.library_id);
  const [waiting, setWaiting] = useState(room.waiting_room === true);
  const [locked, setLocked] = useState(room.has_password === true);
  const save = useMutation({
    mutationFn: (body: Change) => open(api().PATCH('/rooms/{id}', { params: { path: { id: room.id } }, body })),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: keys.room(room.id) });
      void cache.invalidateQueries({ queryKey: keys.myRooms });
      onClose();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const given = (name: string) => ((form.get(name) ?? '') as string).trim();
    const password = (form.get('password') ?? '') as string;
    save.mutate({
      title: given('title'),
      description: given('description') || null,
      visibility: given('visibility') as Visibility,
      waiting_room: waiting,
      ...(shelves.length > 1 && { library_id: given('library_id') }),
      max_direct_viewers: Number(given('max_direct_viewers')),
      default_preset_id: given('default_preset_id') || null,
      ...(!locked && room.has_password && { password: null }),
      ...(locked && password !== '' && { password }),
    });
  };
  const fault = save.error instanceof Fault ? save.error : null;
  return (
    <Modal opened onClose={onClose} title={<Text id="room.edit" />} closeButtonProps={{ 'aria-label': say('action.close') }}>
      <form onSubmit={submit}>
        <Stack>
          <TextInput name="title" label={say('room.name')} defaultValue={room.title} required withAsterisk={false} maxLength={200} data-autofocus error={fault?.field('title')} />
          <Textarea name="description" label={say('room.description')} defaultValue={room.description ?? ''} rows={3} maxLength={4096} />
          <NativeSelect
            name="visibility"
            label={say('room.visibility')}
            defaultValue={room.visibility ?? 'public'}
            data={Object.entries(VISIBILITY).map(([value, words]) => ({ value, label: say(words) }))}
            data-testid="room-visibility"
          />
          <Switch label={say('room.waiting')} description={say('room.waiting.hint')} checked={waiting} onChange={(event) => setWaiting(event.currentTarget.checked)} data-testid="room-waiting" />
          <Switch label={say('room.locked')} checked={locked} onChange={(event) => setLocked(event.currentTarget.checked)} data-testid="room-locked" />
          {locked && (
            <PasswordInput
              name="password"
              label={say('room.password')}
              description={room.has_password ? say('room.password.keep') : undefined}
              required={!room.has_password}
              withAsterisk={false}
              maxLength={255}
              autoComplete="new-password"
              visibilityToggleButtonProps={{ 'aria-label': say('room.password.show') }}
              error={fault?.field('password')}
              data-testid="room-password"
            />
          )}
          <TextInput
            name="max_direct_viewers"
            type="number"
            min={0}
            max={100_000}
            label={say('room.direct')}
            description={say('room.direct.hint')}
            defaultValue={room.max_direct_viewers}
            required
            withAsterisk={false}
            error={fault?.field('max_direct_viewers')}
          />
          {shelves.length > 1 && (
            <NativeSelect name="library_id" label={say('libraries.choose')} defaultValue={room.library_id} data={shelves.map(({ id, name }) => ({ value: id, label: name }))} data-testid="room-library" />
          )}
          <DefaultPreset presets={presets} chosen={room.default_preset_id ?? ''} />
          <FormFoot problem={save.isError ? 'fault.notSaved' : null} submit="action.save" busy={save.isPending} testId="save-room" onCancel={onClose} />
        </Stack>
      </form>
    </Modal>
  );
}
