import { Anchor, Pagination, Text as Words, TextInput, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import type { Room } from '../api/queries';
import listing from '../components/Listing.module.css';
import { LiveBadge } from '../components/LiveBadge';
import { Empty, FaultState, LoadingRows } from '../components/states';
import { Text, useText } from '../i18n/text';
import { rooms, SETTLED } from './calls';

/** Rooms of others to look into, by their name or what they are about. */
export function OpenRooms() {
  const say = useText();
  const [typed, setTyped] = useState('');
  const [page, setPage] = useState(1);
  const [search] = useDebouncedValue(typed.trim(), SETTLED);
  const found = useQuery(rooms(search, page));
  const total = found.data?.pagination.total_pages ?? 1;
  return (
    <section aria-labelledby="overview-rooms" data-testid="overview-rooms">
      <Title order={2} id="overview-rooms" mt="xl" mb="sm">
        <Text id="overview.openRooms" />
      </Title>
      <div className={listing.filters}>
        <TextInput
          className={listing.search ?? ''}
          aria-label={say('overview.searchRooms')}
          placeholder={say('overview.searchRooms')}
          leftSection={<IconSearch size={16} aria-hidden />}
          value={typed}
          maxLength={200}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            setPage(1);
          }}
          data-testid="rooms-search"
        />
      </div>
      {found.isPending && <LoadingRows />}
      {found.isError && <FaultState error={found.error} retry={() => void found.refetch()} />}
      {found.data?.rooms.length === 0 && <Empty title={search === '' ? 'overview.noRooms' : 'overview.noneFound'} text={search === '' ? 'overview.noRooms.text' : 'overview.noRoomFound.text'} />}
      <ul className={listing.list}>
        {found.data?.rooms.map((room) => (
          <OpenRoom key={room.id} room={room} />
        ))}
      </ul>
      {total > 1 && <Pagination mt="md" value={page} onChange={setPage} total={total} getItemProps={(each) => ({ 'aria-label': say('report.page', { page: each }) })} />}
    </section>
  );
}

export function OpenRoom({ room }: { room: Room }) {
  return (
    <li className={`lh-card ${listing.row}`} data-testid="open-room">
      <div className={listing.who}>
        <Anchor component={Link} to={`/w/${room.id}`} fw={600}>
          {room.title}
        </Anchor>
        {room.description != null && (
          <Words size="sm" c="dimmed" lineClamp={2}>
            {room.description}
          </Words>
        )}
      </div>
      {room.active_session_id != null && <LiveBadge />}
    </li>
  );
}
