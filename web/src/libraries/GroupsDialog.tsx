import { Anchor, Button, Group, Modal, NativeSelect, Stack, Text as Words } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import listing from '../components/Listing.module.css';
import { Problem } from '../components/Problem';
import { FaultState, LoadingRows } from '../components/states';
import { groups as allGroups } from '../groups/calls';
import { Text, useText } from '../i18n/text';
import { closeTo, keys, type Library, linkedGroups, openTo } from './queries';

/** The groups that the private rooms of a library are open to. */
export function GroupsDialog({ library: { id, name }, onClose }: { library: Library; onClose: () => void }) {
  const say = useText();
  const cache = useQueryClient();
  const [chosen, setChosen] = useState('');
  const all = useQuery(allGroups());
  const found = useQuery(linkedGroups(id));
  const act = useMutation({
    mutationFn: (deed: () => Promise<unknown>) => deed(),
    onSuccess: () => setChosen(''),
    onSettled: () => cache.invalidateQueries({ queryKey: keys.groups(id) }),
  });
  const isOpenTo = new Set(found.data?.map((group) => group.id));
  const others = all.data?.filter((group) => !isOpenTo.has(group.id)) ?? [];
  return (
    <Modal opened onClose={onClose} title={<Text id="libraries.groups.name" values={{ name }} />} closeButtonProps={{ 'aria-label': say('action.close') }}>
      <Stack data-testid="library-groups">
        <Words c="dimmed">
          <Text id="libraries.groups.lead" />
        </Words>
        {found.isPending && <LoadingRows rows={2} height={44} />}
        {found.isError && <FaultState error={found.error} retry={() => void found.refetch()} />}
        {found.data?.length === 0 && (
          <Words>
            <Text id="libraries.groups.none" />
          </Words>
        )}
        <ul className={listing.list}>
          {found.data?.map((group) => (
            <li key={group.id} className={`lh-card ${listing.row}`} data-testid="library-group">
              <div className={listing.who}>
                <Words fw={600}>
                  {group.emoji} {group.name}
                </Words>
                <Words size="sm" c="dimmed">
                  <Text id="groups.members" values={{ count: group.members }} />
                </Words>
              </div>
              <Button size="compact-md" variant="subtle" color="gray" c="inherit" onClick={() => act.mutate(() => closeTo(id, group.id))} aria-label={say('invited.unlink.name', { name: group.name })} data-testid="close-library">
                <Text id="invited.unlink" />
              </Button>
            </li>
          ))}
        </ul>
        {all.data?.length === 0 && (
          <Words size="sm" c="dimmed">
            <Anchor component={Link} to="/groups" underline="always">
              <Text id="libraries.groups.make" />
            </Anchor>
          </Words>
        )}
        {others.length > 0 && (
          <Group gap="sm" wrap="nowrap">
            <NativeSelect
              flex={1}
              aria-label={say('invited.groups.choose')}
              value={chosen}
              onChange={(event) => setChosen(event.currentTarget.value)}
              data={[{ value: '', label: say('invited.groups.choose') }, ...others.map((group) => ({ value: group.id, label: group.name }))]}
              data-testid="choose-library-group"
            />
            <Button variant="default" disabled={chosen === ''} loading={act.isPending} onClick={() => act.mutate(() => openTo(id, chosen))} data-testid="open-library">
              <Text id="invited.link" />
            </Button>
          </Group>
        )}
        <Problem id={act.isError ? 'fault.notSaved' : null} />
      </Stack>
    </Modal>
  );
}
