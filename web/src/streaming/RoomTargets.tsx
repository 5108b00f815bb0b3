import { Badge, Button, Group, Switch, Text as Words, Title } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Fault } from '../api/envelope';
import { FaultState, LoadingRows } from '../components/states';
import { PanelWords } from '../i18n/PanelWords';
import { Text, useText } from '../i18n/text';
import { change, MOST, problemWords, type Target, targets, targetsKey } from './calls';
import { kindName } from './kinds';
import { PublicLink } from './PublicLink';
import { RemoveDialog } from './RemoveDialog';
import classes from './Streaming.module.css';
import { TargetDialog } from './TargetDialog';

export default function RoomTargets({ roomId }: { roomId: string }) {
  return (
    <PanelWords>
      <Panel roomId={roomId} />
    </PanelWords>
  );
}

/** The platforms that get the room's broadcasts, for those who may arrange the room; others see nothing. */
function Panel({ roomId }: { roomId: string }) {
  const found = useQuery(targets(roomId));
  const [editing, setEditing] = useState<Target | 'new' | null>(null);
  const [leaving, setLeaving] = useState<Target | null>(null);
  if (found.error instanceof Fault && (found.error.status === 403 || found.error.status === 404)) return null;
  const isFull = (found.data?.length ?? 0) >= MOST;
  return (
    <section aria-labelledby="other-platforms" data-testid="streaming-targets">
      <Group justify="space-between" mt="xl" mb="xs">
        <Title order={2} id="other-platforms">
          <Text id="streaming.title" />
        </Title>
        {found.data !== undefined && !isFull && (
          <Button variant="default" leftSection={<IconPlus size={18} aria-hidden />} onClick={() => setEditing('new')} data-testid="new-target">
            <Text id="streaming.add" />
          </Button>
        )}
      </Group>
      <Words c="dimmed" maw={680} mb="md">
        <Text id={isFull ? 'streaming.full' : 'streaming.lead'} values={{ most: MOST }} />
      </Words>
      {found.isPending && <LoadingRows rows={1} />}
      {found.isError && <FaultState error={found.error} retry={() => void found.refetch()} />}
      <ul className={classes.list}>
        {found.data?.map((target) => (
          <TargetRow key={target.id} target={target} onEdit={() => setEditing(target)} onRemove={() => setLeaving(target)} />
        ))}
      </ul>
      {editing !== null && <TargetDialog roomId={roomId} target={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
      {leaving !== null && <RemoveDialog target={leaving} onClose={() => setLeaving(null)} />}
    </section>
  );
}

export function TargetRow({ target, onEdit, onRemove }: { target: Target; onEdit: () => void; onRemove: () => void }) {
  const say = useText();
  const cache = useQueryClient();
  const toggle = useMutation({
    mutationFn: (is_enabled: boolean) => change(target, { is_enabled }),
    onSettled: () => cache.invalidateQueries({ queryKey: targetsKey(target.room_id) }),
  });
  const { name } = target;
  const kind = kindName(target.kind, say);
  return (
    <li className={`lh-card ${classes.row}`} data-testid="streaming-target">
      <div className={classes.words}>
        <Group gap="xs">
          <Words fw={600}>{name}</Words>
          {kind !== name && (
            <Badge variant="light" color="gray" tt="none" c="inherit">
              {kind}
            </Badge>
          )}
        </Group>
        <Words size="sm" c="dimmed" data-testid="target-key">
          {target.stream_key.length > 1 ? <Text id="streaming.key" values={{ key: target.stream_key }} /> : <Text id="streaming.key.hidden" />}
        </Words>
        <PublicLink address={target.public_url} />
        {toggle.isError && (
          <Words size="sm" c="var(--mantine-color-error)" role="alert">
            <Text id={problemWords(toggle.error)} />
          </Words>
        )}
      </div>
      <Switch
        label={say('streaming.always')}
        aria-label={say('streaming.always.name', { name })}
        checked={toggle.isPending ? toggle.variables : target.is_enabled}
        onChange={(event) => toggle.mutate(event.currentTarget.checked)}
        data-testid="target-enabled"
      />
      <Group gap="xs">
        <Button variant="default" size="compact-md" onClick={onEdit} aria-label={say('streaming.edit.name', { name })} data-testid="edit-target">
          <Text id="streaming.edit" />
        </Button>
        <Button variant="subtle" color="gray" c="inherit" size="compact-md" onClick={onRemove} aria-label={say('streaming.remove.name', { name })} data-testid="remove-target">
          <Text id="streaming.remove" />
        </Button>
      </Group>
    </li>
  );
}
