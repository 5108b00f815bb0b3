import { ActionIcon, Menu } from '@mantine/core';
import { IconCalendarOff, IconCalendarTime, IconCopy, IconDots, IconEyeOff, IconLink, IconPencil, IconTrash } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { api } from '../api/client';
import { done, open } from '../api/envelope';
import { keys, type Session } from '../api/queries';
import { Confirm } from '../components/Confirm';
import { PanelWords } from '../i18n/PanelWords';
import { Text, useText } from '../i18n/text';
import { CopySession } from './CopySession';
import { EditSession } from './EditSession';
import { LinksDialog } from './LinksDialog';
import { MoveSession } from './MoveSession';

type Deed = 'edit' | 'move' | 'links' | 'copy' | 'cancel' | 'delete';

/** What the host can do about a session without opening its studio. */
export default function SessionMenu({ session }: { session: Session }) {
  return (
    <PanelWords>
      <OfSession session={session} />
    </PanelWords>
  );
}

function OfSession({ session }: { session: Session }) {
  const say = useText();
  const cache = useQueryClient();
  const [deed, setDeed] = useState<Deed | null>(null);
  const close = () => setDeed(null);
  const { id, title, status } = session;
  const isOpen = status === 'live' || status === 'backstage';
  const readAgain = () => {
    void cache.invalidateQueries({ queryKey: keys.room(session.room_id) });
    void cache.invalidateQueries({ queryKey: keys.sessions });
  };
  const path = { params: { path: { id } } };
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" c="inherit" size={36} aria-label={say('session.more', { title })} data-testid="session-menu">
            <IconDots size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {status !== 'cancelled' && (
            <Menu.Item leftSection={<IconPencil size={16} aria-hidden />} onClick={() => setDeed('edit')} data-testid="edit-session">
              <Text id="session.edit" />
            </Menu.Item>
          )}
          {status === 'scheduled' && (
            <Menu.Item leftSection={<IconCalendarTime size={16} aria-hidden />} onClick={() => setDeed('move')} data-testid="move-session">
              <Text id="session.move" />
            </Menu.Item>
          )}
          <Menu.Item leftSection={<IconLink size={16} aria-hidden />} onClick={() => setDeed('links')} data-testid="session-links">
            <Text id="session.links" />
          </Menu.Item>
          {isOpen && (
            <Menu.Item component={Link} to={`/monitor/${id}`} leftSection={<IconEyeOff size={16} aria-hidden />} data-testid="monitor-session">
              <Text id="session.monitor" />
            </Menu.Item>
          )}
          <Menu.Item leftSection={<IconCopy size={16} aria-hidden />} onClick={() => setDeed('copy')} data-testid="copy-session">
            <Text id="session.copy" />
          </Menu.Item>
          {status === 'scheduled' && (
            <Menu.Item leftSection={<IconCalendarOff size={16} aria-hidden />} onClick={() => setDeed('cancel')} data-testid="cancel-session">
              <Text id="session.callOff" />
            </Menu.Item>
          )}
          {!isOpen && (
            <Menu.Item leftSection={<IconTrash size={16} aria-hidden />} color="var(--mantine-color-error)" onClick={() => setDeed('delete')} data-testid="delete-session">
              <Text id="session.delete" />
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      {deed === 'edit' && <EditSession session={session} onDone={readAgain} onClose={close} />}
      {deed === 'move' && <MoveSession session={session} onDone={readAgain} onClose={close} />}
      {deed === 'links' && <LinksDialog session={session} onClose={close} />}
      {deed === 'copy' && <CopySession session={session} onDone={readAgain} onClose={close} />}
      {deed === 'cancel' && (
        <Confirm
          title="session.callOff.ask"
          text="session.callOff.text"
          yes="session.callOff.yes"
          values={{ title }}
          refusals={{ invalid_state: 'session.changedMeanwhile' }}
          act={() => open(api().POST('/sessions/{id}/cancel', path))}
          onDone={readAgain}
          onClose={close}
        />
      )}
      {deed === 'delete' && (
        <Confirm
          title="session.delete.ask"
          text="session.delete.text"
          yes="session.delete.yes"
          values={{ title }}
          refusals={{ invalid_state: 'session.changedMeanwhile' }}
          act={() => done(api().DELETE('/sessions/{id}', path))}
          onDone={readAgain}
          onClose={close}
        />
      )}
    </>
  );
}
