import { Button, Group, NativeSelect, Pagination, Text as Words, TextInput, Title } from '@mantine/core';
import { IconUserPlus, IconUsersPlus } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useParams } from 'react-router';
import { session as sessionQuery } from '../api/queries';
import listing from '../components/Listing.module.css';
import { BackLink, Shell } from '../components/Shell';
import { Empty, FaultState, LoadingRows } from '../components/states';
import { PanelWords } from '../i18n/PanelWords';
import { Text, useText } from '../i18n/text';
import { PAGE, people, type Wanted } from './calls';
import { InviteDialog } from './InviteDialog';
import { InviteMany } from './InviteMany';
import { LinkedGroups } from './LinkedGroups';
import { PersonRow } from './PersonRow';
import { roleWords, statusWords } from './words';

/** Speakers and invited people of a session, for those who run it. */
export default function PeoplePage() {
  return (
    <PanelWords>
      <People />
    </PanelWords>
  );
}

const EVERYBODY: Wanted = { search: '', role: '', status: '', page: 1 };

function People() {
  const { sessionId = '' } = useParams();
  const say = useText();
  const [wanted, setWanted] = useState(EVERYBODY);
  const [inviting, setInviting] = useState<'one' | 'many' | null>(null);
  const session = useQuery(sessionQuery(sessionId));
  const found = useQuery({ ...people(sessionId, wanted), placeholderData: keepPreviousData });
  const change = (part: Partial<Wanted>) => setWanted((before) => ({ ...before, page: 1, ...part }));
  const isFiltered = wanted.search !== '' || wanted.role !== '' || wanted.status !== '';
  const isOver = session.data?.status === 'ended' || session.data?.status === 'cancelled';
  return (
    <Shell title="invited.tab" values={{ title: session.data?.title ?? '…' }}>
      {session.data !== undefined && <BackLink to={`/rooms/${session.data.room_id}`} id="invited.back" />}
      <Group justify="space-between" mt={4} mb="md">
        <div>
          <Title order={1}>
            <Text id="invited.title" />
          </Title>
          <Words c="dimmed">{session.data?.title}</Words>
        </div>
        {!isOver && (
          <Group gap="xs">
            <Button variant="default" leftSection={<IconUsersPlus size={18} aria-hidden />} onClick={() => setInviting('many')} data-testid="invite-many">
              <Text id="invited.many" />
            </Button>
            <Button leftSection={<IconUserPlus size={18} aria-hidden />} onClick={() => setInviting('one')} data-testid="invite">
              <Text id="invited.invite" />
            </Button>
          </Group>
        )}
      </Group>
      <search className={listing.filters}>
        <TextInput
          type="search"
          aria-label={say('invited.search')}
          placeholder={say('invited.search')}
          value={wanted.search}
          onChange={(event) => change({ search: event.currentTarget.value })}
          className={listing.search ?? ''}
        />
        <NativeSelect
          aria-label={say('invited.role')}
          value={wanted.role}
          onChange={(event) => change({ role: event.currentTarget.value as Wanted['role'] })}
          data={[{ value: '', label: say('invited.role.all') }, ...Object.entries(roleWords).map(([value, id]) => ({ value, label: say(id) }))]}
        />
        <NativeSelect
          aria-label={say('invited.status')}
          value={wanted.status}
          onChange={(event) => change({ status: event.currentTarget.value as Wanted['status'] })}
          data={[{ value: '', label: say('invited.status.all') }, ...Object.entries(statusWords).map(([value, id]) => ({ value, label: say(id) }))]}
        />
      </search>
      {found.isPending && <LoadingRows />}
      {found.isError && <FaultState error={found.error} retry={() => void found.refetch()} />}
      {found.data?.people.length === 0 && (
        <Empty title={isFiltered ? 'registrants.noMatch' : 'invited.empty'} text={isFiltered ? 'registrants.noMatch.text' : 'invited.empty.text'} />
      )}
      {found.data !== undefined && found.data.people.length > 0 && (
        <>
          <Words size="sm" c="dimmed" mb="sm" role="status" className="lh-figures">
            <Text id="invited.count" values={{ count: found.data.pagination.total }} />
          </Words>
          <ul className={listing.list}>
            {found.data.people.map((each) => (
              <PersonRow key={each.id} sessionId={sessionId} person={each} isOver={isOver} />
            ))}
          </ul>
          {found.data.pagination.total > PAGE && (
            <Pagination
              mt="lg"
              total={found.data.pagination.total_pages}
              value={wanted.page}
              onChange={(page) => change({ page })}
              getItemProps={(page) => ({ 'aria-label': say('report.page', { page }) })}
            />
          )}
        </>
      )}
      <LinkedGroups sessionId={sessionId} isOver={isOver} />
      {inviting === 'one' && <InviteDialog sessionId={sessionId} onClose={() => setInviting(null)} />}
      {inviting === 'many' && <InviteMany sessionId={sessionId} onClose={() => setInviting(null)} />}
    </Shell>
  );
}
