import { Button, Group, Modal, Stack, Text as Words } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client';
import { done } from '../api/envelope';
import { Text, useText } from '../i18n/text';
import { PresetProblem } from './PresetProblem';
import { keys, type Preset } from './queries';

/** Asks before a preset goes, and says so where it is needed still. */
export function DeletePreset({ preset, onClose }: { preset: Preset; onClose: () => void }) {
  const say = useText();
  const cache = useQueryClient();
  const { id, name } = preset;
  const remove = useMutation({
    mutationFn: () => done(api().DELETE('/presets/{id}', { params: { path: { id } } })),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: keys.all });
      onClose();
    },
  });
  return (
    <Modal opened onClose={onClose} title={<Text id="presets.delete.ask" values={{ name }} />} closeButtonProps={{ 'aria-label': say('action.close') }}>
      <Stack>
        <Words>
          <Text id="presets.delete.text" />
        </Words>
        <PresetProblem problem={remove.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            <Text id="action.cancel" />
          </Button>
          <Button color="signal" onClick={() => remove.mutate()} loading={remove.isPending} data-testid="confirm-delete-preset">
            <Text id="presets.delete.yes" />
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
