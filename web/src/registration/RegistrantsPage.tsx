import { Button, Group, NativeSelect, Pagination, Text as Words, TextInput, Title } from '@mantine/core';
import { IconDownload, IconFileImport, IconForms } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { room as roomQuery } from '../api/queries';
import { CopyField } from '../components/CopyField';
import listing from '../components/Listing.module.css';
import { BackLink, Shell } from '../components/Shell';
import { Empty, FaultState, LoadingRows } from '../components/states';
import { PanelWords } from '../i18n/PanelWords';
import { Text, useText } from '../i18n/text';
import { everybody, list, ownForm, PAGE, type Wanted } from './calls';
import { fileOf, save } from './file';
import { ImportDialog } from './ImportDialog';
import classes from './Registrants.module.css';
import { RegistrantRow } from './RegistrantRow';
import { presenceWords, statusWords } from './words';

/** Who registered for a room: approve, deny, send again, take out. */
export default function RegistrantsPage() {
  return (
    <PanelWords>
      <Registrants />
    </PanelWords>
  );
}

const EVERYBODY: Wanted = { search: '', status: '', presence: '', page: 1 };

function Registrants() {
  const { roomId = '' } = useParams();
  const say = useText();
  const [wanted, setWanted] = useState(EVERYBODY);
  const [imports, setImports] = useState(false);
  const room = useQuery(roomQuery(roomId));
  const form = useQuery(ownForm(roomId));
  const found = useQuery(list(roomId, wanted));
  const change = (part: Partial<Wanted>) => setWanted((before) => ({ ...before, page: 1, ...part }));
  const isFiltered = wanted.search !== '' || wanted.status !== '' || wanted.presence !== '';
  return (
    <Shell title="registrants.tab" values={{ title: room.data?.title ?? '…' }}>
      <BackLink to={`/rooms/${roomId}`} id="registrants.back" />
      <Group justify="space-between" mt={4} mb="md">
        <Title order={1}>
          <Text id="registrants.title" />
        </Title>
        <Group gap="xs">
          <Button component={Link} to={`/rooms/${roomId}/registration`} variant="default" leftSection={<IconForms size={18} aria-hidden />} data-testid="to-form">
            <Text id="registrants.toForm" />
          </Button>
          <Button variant="default" leftSection={<IconFileImport size={18} aria-hidden />} onClick={() => setImports(true)} data-testid="import-registrants">
            <Text id="registrants.import" />
          </Button>
          {form.data !== undefined && <Export roomId={roomId} wanted={wanted} fields={form.data.fields.map(({ id }) => id)} />}
        </Group>
      </Group>
      {form.data?.mode === 'none' ? (
        <Words c="dimmed" mb="lg">
          <Text id="registrants.none" />
        </Words>
      ) : (
        <div className={`lh-card ${classes.share}`}>
          <CopyField label={say('registrants.link')} value={`${window.location.origin}/r/${roomId}`} />
        </div>
      )}
      <search className={listing.filters}>
        <TextInput type="search" aria-label={say('registrants.search')} placeholder={say('registrants.search')} value={wanted.search} onChange={(event) => change({ search: event.currentTarget.value })} className={listing.search ?? ''} data-testid="search-registrants" />
        <NativeSelect
          aria-label={say('registrants.status')}
          value={wanted.status}
          onChange={(event) => change({ status: event.currentTarget.value as Wanted['status'] })}
          data={[{ value: '', label: say('registrants.status.all') }, ...Object.entries(statusWords).map(([value, id]) => ({ value, label: say(id) }))]}
          data-testid="filter-status"
        />
        <NativeSelect
          aria-label={say('registrants.presence')}
          value={wanted.presence}
          onChange={(event) => change({ presence: event.currentTarget.value as Wanted['presence'] })}
          data={[{ value: '', label: say('registrants.presence.all') }, ...Object.entries(presenceWords).map(([value, id]) => ({ value, label: say(id) }))]}
          data-testid="filter-presence"
        />
      </search>
      {found.isPending && <LoadingRows />}
      {found.isError && <FaultState error={found.error} retry={() => void found.refetch()} />}
      {found.data?.registrations.length === 0 && (
        <Empty title={isFiltered ? 'registrants.noMatch' : 'registrants.empty'} text={isFiltered ? 'registrants.noMatch.text' : 'registrants.empty.text'} />
      )}
      {found.data !== undefined && found.data.registrations.length > 0 && (
        <>
          <Words size="sm" c="dimmed" mb="sm" role="status" className="lh-figures">
            <Text id="registrants.count" values={{ count: found.data.pagination.total }} />
          </Words>
          <ul className={listing.list}>
            {found.data.registrations.map((each) => (
              <RegistrantRow key={each.id} roomId={roomId} registration={each} fields={form.data?.fields ?? []} />
            ))}
          </ul>
          {found.data.pagination.total > PAGE && (
            <Pagination
              mt="lg"
              total={found.data.pagination.total_pages}
              value={wanted.page}
              onChange={(page) => change({ page })}
              getControlProps={(control) => ({ 'aria-label': say(control === 'next' ? 'registrants.next' : 'registrants.previous') })}
            />
          )}
        </>
      )}
      {imports && <ImportDialog roomId={roomId} onClose={() => setImports(false)} />}
    </Shell>
  );
}

function Export({ roomId, wanted, fields }: { roomId: string; wanted: Wanted; fields: string[] }) {
  const make = useMutation({
    mutationFn: () => everybody(roomId, wanted),
    onSuccess: (people) => save(fileOf(people, fields), 'registrations.csv'),
  });
  return (
    <Button variant="default" leftSection={<IconDownload size={18} aria-hidden />} loading={make.isPending} onClick={() => make.mutate()} data-testid="export-registrants">
      <Text id="registrants.export" />
    </Button>
  );
}
