import { Alert, Button, Group, Modal, Stack } from '@mantine/core';
import { IconEye } from '@tabler/icons-react';
import type { components } from '../api/schema';
import { CopyField } from '../components/CopyField';
import { Text, useText } from '../i18n/text';
import type { Api, Place } from './apis';
import { FirstCall } from './FirstCall';

export type Made = components['schemas']['ApiClientSecretResponse'];

/** A secret, this once, with a call that works with it. */
export function SecretDialog({ api, place, made, onClose }: { api: Api; place: Place; made: Made; onClose: () => void }) {
  const say = useText();
  const { client, secret } = made;
  const credential = { clientId: client.client_id, secret, issuer: client.issuer ?? '' };
  return (
    <Modal opened onClose={onClose} size="lg" closeOnClickOutside={false} title={<Text id="connect.made" />} closeButtonProps={{ 'aria-label': say('action.close') }}>
      <Stack>
        <Alert color="yellow" icon={<IconEye size={20} aria-hidden />} c="inherit">
          <Text id="connect.once" />
        </Alert>
        {client.kind === 'oauth' && <CopyField label={say('connect.clientId')} value={client.client_id} />}
        {client.issuer != null && <CopyField label={say('connect.issuer')} value={client.issuer} />}
        <div data-testid="secret">
          <CopyField label={say(`connect.secret.${client.kind}`)} value={secret} />
        </div>
        <FirstCall title="connect.call.try" call={api.call(place, credential)} />
        <Group justify="flex-end">
          <Button onClick={onClose} data-testid="secret-kept">
            <Text id="connect.kept" />
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
