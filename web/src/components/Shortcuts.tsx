import { Kbd, Modal, Switch, Table } from '@mantine/core';
import { useEffect, useEffectEvent, useState } from 'react';
import { type MessageId, Text, useText } from '../i18n/text';

export interface Shortcut {
  key: string;
  words: MessageId;
  run: () => void;
}

const offKey = 'livehall.shortcuts.off';

/** Single keys for what is done often; `?` shows them, and they can be switched off. */
export function Shortcuts({ list }: { list: Shortcut[] }) {
  const say = useText();
  const [opened, setOpened] = useState(false);
  const [on, setOn] = useState(() => localStorage.getItem(offKey) === null);

  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return;
    if (event.key === '?') {
      event.preventDefault();
      setOpened(true);
      return;
    }
    if (!on || opened) return;
    const found = list.find((shortcut) => shortcut.key === event.key.toLowerCase());
    if (found === undefined) return;
    event.preventDefault();
    found.run();
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent) => onKey(event);
    document.addEventListener('keydown', listener);
    return () => document.removeEventListener('keydown', listener);
  }, []);

  return (
    <Modal opened={opened} onClose={() => setOpened(false)} title={<Text id="shortcuts.title" />} closeButtonProps={{ 'aria-label': say('action.close') }}>
      <Switch
        mb="md"
        label={say('shortcuts.on')}
        checked={on}
        onChange={(event) => {
          setOn(event.currentTarget.checked);
          if (event.currentTarget.checked) localStorage.removeItem(offKey);
          else localStorage.setItem(offKey, '1');
        }}
      />
      <Table>
        <Table.Tbody>
          {list.map((shortcut) => (
            <Table.Tr key={shortcut.key}>
              <Table.Td w={72}>
                <Kbd>{shortcut.key.toUpperCase()}</Kbd>
              </Table.Td>
              <Table.Td>
                <Text id={shortcut.words} />
              </Table.Td>
            </Table.Tr>
          ))}
          <Table.Tr>
            <Table.Td>
              <Kbd>?</Kbd>
            </Table.Td>
            <Table.Td>
              <Text id="shortcuts.help" />
            </Table.Td>
          </Table.Tr>
        </Table.Tbody>
      </Table>
    </Modal>
  );
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName);
}
