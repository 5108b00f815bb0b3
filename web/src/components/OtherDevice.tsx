import { Modal, Stack, Text as Words } from '@mantine/core';
import { api } from '../api/client';
import { open } from '../api/envelope';
import { Text, useText } from '../i18n/text';
import { OneTimeLink } from './OneTimeLink';

/** A link for the phone or the second computer of whoever is signed in here: no password is typed there. */
export function OtherDevice({ onClose }: { onClose: () => void }) {
  const say = useText();
  return (
    <Modal opened onClose={onClose} title={<Text id="otherDevice.title" />} closeButtonProps={{ 'aria-label': say('action.close') }}>
      <Stack>
        <Words>
          <Text id="otherDevice.text" />
        </Words>
        <OneTimeLink label={say('otherDevice.link')} make="otherDevice.make" call={signInLink} testId="sign-in-link" />
        <Words size="sm" c="dimmed">
          <Text id="otherDevice.warning" />
        </Words>
      </Stack>
    </Modal>
  );
}

async function signInLink() {
  const { code, expires_at } = await open(api().POST('/auth/code', { body: { role: 'viewer' } }));
  return { url: `${window.location.origin}/#code=${code}`, expires_at };
}
