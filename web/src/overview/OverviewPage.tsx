import { Group, NativeSelect, Pagination, TextInput, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Text as Words } from '@mantine/core';
import { grantOf } from '../api/identity';
import listing from '../components/Listing.module.css';
import { Shell } from '../components/Shell';
import { Empty, FaultState, LoadingRows } from '../components/states';
import { PanelWords } from '../i18n/PanelWords';
import { type MessageId, Text, useText } from '../i18n/text';
import { list, live, SETTLED, type View, views } from './calls';
import { OpenRooms } from './OpenRooms';
import { OverviewFigures } from './OverviewFigures';
import { OverviewRow } from './OverviewRow';

export default function OverviewPage() {
  return (
    <PanelWords>
      <Overview />
    </PanelWords>
  );
}

/** All rooms at once: what is on air, what comes, and how it went. */
function Overview() {
  return (
    <Shell title="overview.title">
      <Title order={1} mb="lg">
        <Text id="overview.title" />
      </Title>
      <OnAir />
      {grantOf('account')?.user.role !== 'viewer' && <OverviewFigures />}
      <Sessions />
      <OpenRooms />
    </Shell>
  );
}

function OnAir() {
  const found = useQuery(live());
  return (
    <section aria-labelledby="overview-live" data-testid="overview-live">
      <Title order={2} id="overview-live" mb="sm">
        <Text id="overview.live" />
      </Title>
      {found.isPending && <LoadingRows rows={1} />}
      {found.isError && <FaultState error={found.error} retry={() => void found.refetch()} />}
      {found.data?.sessions.length === 0 && (
        <Words c="dimmed">
          <Text id="overview.nothingLive" />
        </Words>
      )}
      <ul className={listing.list}>
        {found.data?.sessions.map((session) => (
          <OverviewRow key={session.id} session={session} />
        ))}
      </ul>
    </section>
  );
}

const viewWords: Record<View, MessageId> = { next: 'overview.next', past: 'overview.past', cancelled: 'overview.cancelled' };
const nothing: Record<View, MessageId> = { next: 'overview.noNext', past: 'overview.noPast', cancelled: 'overview.noCancelled' };

function Sessions() {
  const say = useText();
  const [view, setView] = useState<View>('next');
  const [typed, setTyped] = useState('');
  const [page, setPage] = useState(1);
  const [search] = useDebouncedValue(typed.trim(), SETTLED);
  const found = useQuery(list(view, search, page));
  const total = found.data?.pagination.total_pages ?? 1;
  return (
    <section aria-labelledby="overview-sessions" data-testid="overview-sessions">
      <Title order={2} id="overview-sessions" mt="xl" mb="sm">
        <Text id="overview.sessions" />
      </Title>
      <div className={listing.filters}>
        <TextInput
          className={listing.search ?? ''}
          aria-label={say('overview.search')}
          placeholder={say('overview.search')}
          leftSection={<IconSearch size={16} aria-hidden />}
          value={typed}
          maxLength={200}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            setPage(1);
          }}
          data-testid="overview-search"
        />
        <NativeSelect
          aria-label={say('overview.which')}
          value={view}
          onChange={(event) => {
            setView(views.find((each) => each === event.currentTarget.value) ?? 'next');
            setPage(1);
          }}
          data={views.map((each) => ({ value: each, label: say(viewWords[each]) }))}
          data-testid="overview-view"
        />
      </div>
      {found.isPending && <LoadingRows />}
      {found.isError && <FaultState error={found.error} retry={() => void found.refetch()} />}
      {found.data?.sessions.length === 0 && <Empty title={search === '' ? nothing[view] : 'overview.noneFound'} text={search === '' ? 'overview.none.text' : 'overview.noneFound.text'} />}
      <ul className={listing.list}>
        {found.data?.sessions.map((session) => (
          <OverviewRow key={session.id} session={session} />
        ))}
      </ul>
      {total > 1 && (
        <Group mt="md">
          <Pagination value={page} onChange={setPage} total={total} getItemProps={(each) => ({ 'aria-label': say('report.page', { page: each }) })} />
        </Group>
      )}
    </section>
  );
}
