import { ActionIcon, Menu } from '@mantine/core';
import { IconBan, IconClearAll, IconDots, IconPin, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { Text, useText } from '../i18n/text';
import type { ChatMessage } from '../realtime/events';
import { BanDialog } from './BanDialog';
import { usePeopleCalls } from './usePeople';

interface MessageToolsProps {
  sessionId: string;
  message: ChatMessage;
  /** Whether its writer may be thrown out by the reader. */
  mayBan: boolean;
}

/** What the team can do about a message: take it away, or its writer. */
export default function MessageTools({ sessionId, message, mayBan }: MessageToolsProps) {
  const say = useText();
  const calls = usePeopleCalls(sessionId);
  const [isBanning, setBanning] = useState(false);
  const name = message.username;
  return (
    <>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" c="inherit" size={28} aria-label={say('people.message', { name })} data-testid="message-tools">
            <IconDots size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconTrash size={16} aria-hidden />} onClick={() => void calls.deleteMessage(message.id)} data-testid="delete-message">
            <Text id="people.message.delete" />
          </Menu.Item>
          <Menu.Item leftSection={<IconPin size={16} aria-hidden />} onClick={() => void calls.pinMessage(message.id, message.pinned_at == null)} data-testid="pin-message">
            <Text id={message.pinned_at == null ? 'people.message.pin' : 'people.message.unpin'} />
          </Menu.Item>
          <Menu.Item leftSection={<IconClearAll size={16} aria-hidden />} onClick={() => void calls.clearChat()} data-testid="clear-chat">
            <Text id="people.message.clear" />
          </Menu.Item>
          {mayBan && (
            <Menu.Item leftSection={<IconBan size={16} aria-hidden />} onClick={() => setBanning(true)} data-testid="ban-writer">
              <Text id="people.ban.name" values={{ name }} />
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      {isBanning && message.user_id != null && <BanDialog sessionId={sessionId} userId={message.user_id} name={name} onClose={() => setBanning(false)} />}
    </>
  );
}
