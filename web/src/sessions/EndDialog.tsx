import { Button, Group, Modal, Text as Words } from '@mantine/core';
import { Text, useText } from '../i18n/text';

/** Asks before a session ends for everybody. */
export function EndDialog({ opened, onClose, onEnd }: { opened: boolean; onClose: () => void; onEnd: () => void }) {
  const say = useText();
  return (
    <Modal opened={opened} onClose={onClose} title={<Text id="studio.end.ask" />} closeButtonProps={{ 'aria-label': say('action.close') }}>
      <Words>
        <Text id="studio.end.text" />
      </Words>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onClose} data-autofocus>
          <Text id="studio.end.no" />
        </Button>
        <Button color="signal" onClick={onEnd} data-testid="confirm-end">
          <Text id="studio.end.yes" />
        </Button>
      </Group>
    </Modal>
  );
}
