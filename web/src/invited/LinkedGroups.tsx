import { Button, Checkbox, Group, NativeSelect, Text as Words, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import listing from '../components/Listing.module.css';
import { groups as allGroups } from '../groups/calls';
import { Text, useText } from '../i18n/text';
import { keys, link, linked, unlink } from './calls';

/** The groups that a session is open to. Nothing is shown where the organization has none. */
export function LinkedGroups({ sessionId, isOver }: { sessionId: string; isOver: boolean }) {
  const say = useText();
  const cache = useQueryClient();
  const [chosen, setChosen] = useState('');
  const [notify, setNotify] = useState(false);
  const all = useQuery(allGroups());
  const found = useQuery(linked(sessionId));
  const act = useMutation({
    mutationFn: (deed: () => Promise<void>) => deed(),
    onSuccess: () => setChosen(''),
    onSettled: () => cache.invalidateQueries({ queryKey: keys.groups(sessionId) }),
  });
  const isOpenTo = new Set(found.data?.map(({ id }) => id));
  const others = all.data?.filter(({ id }) => !isOpenTo.has(id)) ?? [];
  if (all.data === undefined || all.data.length === 0) return null;
  return (
    <section aria-labelledby="open-to">
      <Title order={2} mt="xl" mb="xs" id="open-to">
        <Text id="invited.groups" />
      </Title>
      <Words c="dimmed" maw={680} mb="md">
        <Text id="invited.groups.lead" />
      </Words>
      <ul className={listing.list}>
        {found.data?.map((group) => (
          <li key={group.id} className={`lh-card ${listing.row}`} data-testid="linked-group">
            <div className={listing.who}>
              <Words fw={600}>
                {group.emoji} {group.name}
              </Words>
              <Words size="sm" c="dimmed">
                <Text id="groups.members" values={{ count: group.members }} />
              </Words>
            </div>
            <Button size="compact-md" variant="subtle" color="gray" c="inherit" onClick={() => act.mutate(() => unlink(sessionId, group.id))} aria-label={say('invited.unlink.name', { name: group.name })}>
              <Text id="invited.unlink" />
            </Button>
          </li>
        ))}
      </ul>
      {!isOver && others.length > 0 && (
        <Group mt="md" gap="sm">
          <NativeSelect
            aria-label={say('invited.groups.choose')}
            value={chosen}
            onChange={(event) => setChosen(event.currentTarget.value)}
            data={[{ value: '', label: say('invited.groups.choose') }, ...others.map(({ id, name }) => ({ value: id, label: name }))]}
            data-testid="choose-group"
          />
          <Checkbox checked={notify} onChange={(event) => setNotify(event.currentTarget.checked)} label={say('invited.groups.notify')} />
          <Button variant="default" disabled={chosen === ''} loading={act.isPending} onClick={() => act.mutate(() => link(sessionId, chosen, notify))} data-testid="link-group">
            <Text id="invited.link" />
          </Button>
        </Group>
      )}
      {act.isError && (
        <Words size="sm" c="var(--mantine-color-error)" role="alert" mt="sm">
          <Text id="fault.notSaved" />
        </Words>
      )}
    </section>
  );
}
