import { Badge, Button, Group, Text as Words, Title } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { api } from '../api/client';
import { done } from '../api/envelope';
import { grantOf } from '../api/identity';
import { Confirm } from '../components/Confirm';
import listing from '../components/Listing.module.css';
import { Shell } from '../components/Shell';
import { Empty, FaultState, LoadingRows } from '../components/states';
import { PanelWords } from '../i18n/PanelWords';
import { Text, useText } from '../i18n/text';
import { GroupsDialog } from './GroupsDialog';
import { LibraryDialog } from './LibraryDialog';
import { keys, libraries, type Library } from './queries';

export default function LibrariesPage() {
  return (
    <PanelWords>
      <Libraries />
    </PanelWords>
  );
}

/** The libraries of the organization; administrators make and rename them. */
function Libraries() {
  const found = useQuery(libraries());
  const [editing, setEditing] = useState<Library | 'new' | null>(null);
  const [removing, setRemoving] = useState<Library | null>(null);
  const [sharing, setSharing] = useState<Library | null>(null);
  const cache = useQueryClient();
  const mayArrange = grantOf('account')?.user.role === 'admin';
  return (
    <Shell title="libraries.title">
      <Group justify="space-between" mb="xs">
        <Title order={1}>
          <Text id="libraries.title" />
        </Title>
        {mayArrange && (
          <Button leftSection={<IconPlus size={18} aria-hidden />} onClick={() => setEditing('new')} data-testid="new-library">
            <Text id="libraries.new" />
          </Button>
        )}
      </Group>
      <Words c="dimmed" maw={680} mb="xl">
        <Text id="libraries.lead" />
      </Words>
      {found.isPending && <LoadingRows />}
      {found.isError && <FaultState error={found.error} retry={() => void found.refetch()} />}
      {found.data?.length === 0 && <Empty title="libraries.empty" text="libraries.empty.text" />}
      <ul className={listing.list}>
        {found.data?.map((each) => (
          <LibraryRow key={each.id} library={each} onRename={mayArrange ? () => setEditing(each) : null} onGroups={mayArrange ? () => setSharing(each) : null} onRemove={mayArrange && !each.is_default ? () => setRemoving(each) : null} />
        ))}
      </ul>
      {removing !== null && (
        <Confirm
          title="libraries.delete.ask"
          text="libraries.delete.text"
          yes="libraries.delete.yes"
          values={{ name: removing.name }}
          refusals={{ in_use: 'libraries.delete.inUse' }}
          act={() => done(api().DELETE('/libraries/{library_id}', { params: { path: { library_id: removing.id } } }))}
          onDone={() => void cache.invalidateQueries({ queryKey: keys.all })}
          onClose={() => setRemoving(null)}
        />
      )}
      {sharing !== null && <GroupsDialog library={sharing} onClose={() => setSharing(null)} />}
      {editing !== null && <LibraryDialog library={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
    </Shell>
  );
}

interface LibraryRowProps {
  library: Library;
  onRename: (() => void) | null;
  onGroups: (() => void) | null;
  onRemove: (() => void) | null;
}

function LibraryRow({ library, onRename, onGroups, onRemove }: LibraryRowProps) {
  const say = useText();
  const { name } = library;
  return (
    <li className={`lh-card ${listing.row}`} data-testid="library">
      <div className={listing.who}>
        <Group gap="sm">
          <Words fw={600}>
            {name}
          </Words>
          {library.is_default && (
            <Badge variant="light" color="gray" tt="none" c="inherit">
              <Text id="libraries.default" />
            </Badge>
          )}
        </Group>
        <Words size="sm" c="dimmed">
          <Text id="libraries.rooms" values={{ count: library.rooms }} />
          {library.description != null && ` · ${library.description}`}
        </Words>
      </div>
      <Group gap="xs">
        {onRename !== null && (
          <Button variant="default" size="compact-md" onClick={onRename} aria-label={say('libraries.rename.name', { name })} data-testid="rename-library">
            <Text id="libraries.rename" />
          </Button>
        )}
        {onGroups !== null && (
          <Button variant="default" size="compact-md" onClick={onGroups} aria-label={say('libraries.groups.name', { name })} data-testid="library-groups-open">
            <Text id="libraries.groups" />
          </Button>
        )}
        {onRemove !== null && (
          <Button variant="subtle" color="signal" size="compact-md" onClick={onRemove} aria-label={say('libraries.delete.name', { name })} data-testid="remove-library">
            <Text id="libraries.delete" />
          </Button>
        )}
        <Button component={Link} to={`/rooms?library=${library.id}`} variant="default" size="compact-md" aria-label={say('libraries.show.name', { name })}>
          <Text id="libraries.show" />
        </Button>
      </Group>
    </li>
  );
}
