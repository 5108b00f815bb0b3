import { Button, Group, Modal, Radio, Stack } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/client';
import { done, open } from '../api/envelope';
import { Confirm } from '../components/Confirm';
import { Problem } from '../components/Problem';
import { Text, useText } from '../i18n/text';
import type { Client } from './apis';
import { keys } from './queries';
import type { Made } from './SecretDialog';

const OVERLAPS = { none: 0, day: 86_400, week: 604_800 } as const; // s

/** A new secret; the present one may live on while software is moved over. */
export function RotateDialog({ client, onMade, onClose }: { client: Client; onMade: (made: Made) => void; onClose: () => void }) {
  const say = useText();
  const cache = useQueryClient();
  const [overlap, setOverlap] = useState<keyof typeof OVERLAPS>('day');
  const rotate = useMutation({
    mutationFn: () => open(api().POST('/api-clients/{id}/rotate', { params: { path: { id: client.id } }, body: { overlap: OVERLAPS[overlap] } })),
    onSuccess: (made) => {
      void cache.invalidateQueries({ queryKey: keys.all });
      onMade(made);
    },
  });
  return (
    <Modal opened onClose={onClose} title={<Text id="connect.rotate.name" values={{ name: client.name }} />} closeButtonProps={{ 'aria-label': say('action.close') }}>
      <Stack>
        <Radio.Group value={overlap} onChange={(value) => setOverlap(value as keyof typeof OVERLAPS)} label={say('connect.overlap')}>
          <Stack gap="xs" mt="xs">
            {(Object.keys(OVERLAPS) as (keyof typeof OVERLAPS)[]).map((each) => (
              <Radio key={each} value={each} label={say(`connect.overlap.${each}`)} />
            ))}
          </Stack>
        </Radio.Group>
        <Problem id={rotate.isError ? 'fault.notSaved' : null} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            <Text id="action.cancel" />
          </Button>
          <Button loading={rotate.isPending} onClick={() => rotate.mutate()} data-testid="confirm-rotate">
            <Text id="connect.rotate" />
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

export function RevokeDialog({ client, onClose }: { client: Client; onClose: () => void }) {
  const cache = useQueryClient();
  return (
    <Confirm
      title="connect.revoke.name"
      text="connect.revoke.text"
      yes="connect.revoke"
      values={{ name: client.name }}
      act={() => done(api().DELETE('/api-clients/{id}', { params: { path: { id: client.id } } }))}
      onDone={() => void cache.invalidateQueries({ queryKey: keys.all })}
      onClose={onClose}
      testId="confirm-revoke"
    />
  );
}
