import { Button, Group, Modal, Text as Words } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Fault } from '../api/envelope';
import { Text, useText } from '../i18n/text';
import { problemWords, remove, type Target, targetsKey } from './calls';

/** Asks before a platform is forgotten, with its key. */
export function RemoveDialog({ target, onClose }: { target: Target; onClose: () => void }) {
  const say = useText();
  const cache = useQueryClient();
  const drop = useMutation({
    mutationFn: () => remove(target),
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: targetsKey(target.room_id) });
      onClose();
    },
  });
  const isInUse = drop.error instanceof Fault && drop.error.code === 'invalid_state';
  return (
    <Modal opened onClose={onClose} title={<Text id="streaming.remove.ask" values={{ name: target.name }} />} closeButtonProps={{ 'aria-label': say('action.close') }}>
      <Words>
        <Text id="streaming.remove.text" />
      </Words>
      {drop.isError && (
        <Words size="sm" c="var(--mantine-color-error)" role="alert" mt="sm" data-testid="remove-problem">
          <Text id={isInUse ? 'streaming.problem.inUse' : problemWords(drop.error)} />
        </Words>
      )}
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onClose} data-autofocus>
          <Text id="action.cancel" />
        </Button>
        <Button color="signal" loading={drop.isPending} onClick={() => drop.mutate()} data-testid="confirm-remove-target">
          <Text id="streaming.remove" />
        </Button>
      </Group>
    </Modal>
  );
}
