import { Button, Group, Modal, Text as Words } from '@mantine/core';
import { Text, useText } from '../i18n/text';

/** Asks before somebody loses a role. */
export function DismissDialog({ name, onClose, onDismiss }: { name: string; onClose: () => void; onDismiss: () => void }) {
  const say = useText();
  return (
    <Modal opened onClose={onClose} title={<Text id="staff.dismiss.ask" values={{ name }} />} closeButtonProps={{ 'aria-label': say('action.close') }}>
      <Words>
        <Text id="staff.dismiss.text" />
      </Words>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onClose} data-autofocus>
          <Text id="action.cancel" />
        </Button>
        <Button color="signal" onClick={onDismiss} data-testid="confirm-dismiss">
          <Text id="staff.dismiss" />
        </Button>
      </Group>
    </Modal>
  );
}
