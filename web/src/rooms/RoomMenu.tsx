import { ActionIcon, Menu } from '@mantine/core';
import { IconDots, IconPencil, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client';
import { done } from '../api/envelope';
import { keys, type Room } from '../api/queries';
import { Confirm } from '../components/Confirm';
import { PanelWords } from '../i18n/PanelWords';
import { Text, useText } from '../i18n/text';
import { EditRoom } from './EditRoom';

/** What the host can do about a room: change it, or remove it. */
export default function RoomMenu({ room }: { room: Room }) {
  return (
    <PanelWords>
      <OfRoom room={room} />
    </PanelWords>
  );
}

function OfRoom({ room }: { room: Room }) {
  const say = useText();
  const navigate = useNavigate();
  const cache = useQueryClient();
  const [open, setOpen] = useState<'edit' | 'delete' | null>(null);
  const close = () => setOpen(null);
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="default" size={36} aria-label={say('room.more')} data-testid="room-menu">
            <IconDots size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconPencil size={16} aria-hidden />} onClick={() => setOpen('edit')} data-testid="edit-room">
            <Text id="room.edit" />
          </Menu.Item>
          <Menu.Item leftSection={<IconTrash size={16} aria-hidden />} color="var(--mantine-color-error)" onClick={() => setOpen('delete')} data-testid="delete-room">
            <Text id="room.delete" />
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {open === 'edit' && <EditRoom room={room} onClose={close} />}
      {open === 'delete' && (
        <Confirm
          title="room.delete.ask"
          text="room.delete.text"
          yes="room.delete.yes"
          values={{ title: room.title }}
          refusals={{ invalid_state: 'room.delete.open' }}
          act={() => done(api().DELETE('/rooms/{id}', { params: { path: { id: room.id } } }))}
          onDone={() => {
            void cache.invalidateQueries({ queryKey: keys.myRooms });
            void navigate('/rooms');
          }}
          onClose={close}
        />
      )}
    </>
  );
}
