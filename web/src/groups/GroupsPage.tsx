import { Button, Group as Row, Text as Words, Title } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { grantOf } from '../api/identity';
import listing from '../components/Listing.module.css';
import { Shell } from '../components/Shell';
import { Empty, FaultState, LoadingRows } from '../components/states';
import { PanelWords } from '../i18n/PanelWords';
import { Text, useText } from '../i18n/text';
import { type Group, groups } from './calls';
import { GroupDialog } from './GroupDialog';
import { MembersDialog } from './MembersDialog';

export default function GroupsPage() {
  return (
    <PanelWords>
      <Groups />
    </PanelWords>
  );
}

/** The groups of the organization; administrators make them and say who is in. */
function Groups() {
  const found = useQuery(groups());
  const [editing, setEditing] = useState<Group | 'new' | null>(null);
  const [opened, setOpened] = useState<Group | null>(null);
  const mayArrange = grantOf('account')?.user.role === 'admin';
  return (
    <Shell title="groups.title">
      <Row justify="space-between" mb="xs">
        <Title order={1}>
          <Text id="groups.title" />
        </Title>
        {mayArrange && (
          <Button leftSection={<IconPlus size={18} aria-hidden />} onClick={() => setEditing('new')} data-testid="new-group">
            <Text id="groups.new" />
          </Button>
        )}
      </Row>
      <Words c="dimmed" maw={680} mb="xl">
        <Text id="groups.lead" />
      </Words>
      {found.isPending && <LoadingRows />}
      {found.isError && <FaultState error={found.error} retry={() => void found.refetch()} />}
      {found.data?.length === 0 && <Empty title="groups.empty" text="groups.empty.text" />}
      <ul className={listing.list}>
        {found.data?.map((group) => (
          <GroupRow key={group.id} group={group} onEdit={mayArrange ? () => setEditing(group) : null} onOpen={() => setOpened(group)} />
        ))}
      </ul>
      {editing !== null && <GroupDialog group={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
      {opened !== null && <MembersDialog group={opened} mayArrange={mayArrange} onClose={() => setOpened(null)} />}
    </Shell>
  );
}

export function GroupRow({ group, onEdit, onOpen }: { group: Group; onEdit: (() => void) | null; onOpen: () => void }) {
  const say = useText();
  const { name } = group;
  return (
    <li className={`lh-card ${listing.row}`} data-testid="group">
      <div className={listing.who}>
        <Words fw={600}>
          {group.emoji} {name}
        </Words>
        <Words size="sm" c="dimmed">
          <Text id="groups.members" values={{ count: group.members }} />
          {group.description != null && ` · ${group.description}`}
        </Words>
      </div>
      <Row gap="xs">
        {onEdit !== null && (
          <Button variant="default" size="compact-md" onClick={onEdit} aria-label={say('groups.edit.name', { name })} data-testid="edit-group">
            <Text id="groups.edit" />
          </Button>
        )}
        <Button variant="default" size="compact-md" onClick={onOpen} aria-label={say('groups.show.name', { name })} data-testid="show-members">
          <Text id="groups.show" />
        </Button>
      </Row>
    </li>
  );
}
