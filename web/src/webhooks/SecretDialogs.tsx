import { Alert, Button, Group, Modal, Stack, Text as Words } from '@mantine/core';
import { IconEye } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client';
import { done, open } from '../api/envelope';
import { Confirm } from '../components/Confirm';
import { CopyField } from '../components/CopyField';
import { Problem } from '../components/Problem';
import { Text, useText } from '../i18n/text';
import { type Endpoint, keys, type Made } from './queries';

/** A secret, this once. */
export function SecretDialog({ made, onClose }: { made: Made; onClose: () => void }) {
  const say = useText();
  return (
    <Modal opened onClose={onClose} size="lg" closeOnClickOutside={false} title={<Text id="hooks.made" />} closeButtonProps={{ 'aria-label': say('action.close') }}>
      <Stack>
        <Alert color="yellow" icon={<IconEye size={20} aria-hidden />} c="inherit">
          <Text id="hooks.once" />
        </Alert>
        <div data-testid="secret">
          <CopyField label={say('hooks.secret')} value={made.secret} />
        </div>
        <Group justify="flex-end">
          <Button onClick={onClose} data-testid="secret-kept">
            <Text id="hooks.kept" />
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

/** A new secret; for a day calls carry a signature of each. */
export function RotateDialog({ endpoint, onMade, onClose }: { endpoint: Endpoint; onMade: (made: Made) => void; onClose: () => void }) {
  const say = useText();
  const cache = useQueryClient();
  const rotate = useMutation({
    mutationFn: () => open(api().POST('/webhook-endpoints/{id}/rotate-secret', { params: { path: { id: endpoint.id } }, body: {} })),
    onSuccess: (made) => {
      void cache.invalidateQueries({ queryKey: keys.all });
      onMade(made);
    },
  });
  return (
    <Modal opened onClose={onClose} title={<Text id="hooks.rotate" />} closeButtonProps={{ 'aria-label': say('action.close') }}>
      <Stack>
        <Words>
          <Text id="hooks.rotate.text" />
        </Words>
        <Problem id={rotate.isError ? 'fault.notSaved' : null} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            <Text id="action.cancel" />
          </Button>
          <Button loading={rotate.isPending} onClick={() => rotate.mutate()} data-autofocus data-testid="confirm-rotate">
            <Text id="hooks.rotate" />
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

export function RemoveDialog({ endpoint, onClose }: { endpoint: Endpoint; onClose: () => void }) {
  const cache = useQueryClient();
  return (
    <Confirm
      title="hooks.remove"
      text="hooks.remove.text"
      yes="hooks.remove"
      values={{ name: endpoint.description ?? endpoint.url }}
      act={() => done(api().DELETE('/webhook-endpoints/{id}', { params: { path: { id: endpoint.id } } }))}
      onDone={() => void cache.invalidateQueries({ queryKey: keys.all })}
      onClose={onClose}
      testId="confirm-remove"
    />
  );
}
