import { Button, Group, Pagination, Select, Text as Words, TextInput, Title } from '@mantine/core';
import { IconSearch, IconUpload } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import type { Recording } from '../api/queries';
import { Shell } from '../components/Shell';
import { Empty, FaultState, LoadingRows } from '../components/states';
import { PanelWords } from '../i18n/PanelWords';
import { Text, useText } from '../i18n/text';
import { HandIn } from './HandIn';
import { isUnderWay, myRecordings } from './queries';
import { RecordingRow } from './RecordingRow';
import classes from './Recordings.module.css';

const ASK_AGAIN = 3000; // ms, while one is being made or prepared
const CHOICES = ['', 'ready', 'processing', 'recording', 'failed'] as const;
type Choice = (typeof CHOICES)[number];

export default function RecordingsPage() {
  return (
    <Shell title="recordings.title">
      <Title order={1} mb="lg">
        <Text id="recordings.title" />
      </Title>
      <PanelWords>
        <Recordings />
      </PanelWords>
    </Shell>
  );
}

function Recordings() {
  const say = useText();
  const [page, setPage] = useState(1);
  const [status, setStatus] = useState<Choice>('');
  const [words, setWords] = useState('');
  const [handingIn, setHandingIn] = useState(false);
  const search = useDeferredValue(words.trim());
  const found = useQuery({
    ...myRecordings({ page, status: status === '' ? undefined : (status as Recording['status']), search }),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.recordings.some(isUnderWay) === true ? ASK_AGAIN : false),
  });
  const isFiltered = status !== '' || search !== '';
  const total = found.data?.pagination.total_pages ?? 1;
  return (
    <>
      <Group mb="md" align="flex-end" className={classes.filters}>
        <TextInput
          label={say('recordings.search')}
          leftSection={<IconSearch size={16} aria-hidden />}
          value={words}
          maxLength={200}
          onChange={(event) => {
            setWords(event.currentTarget.value);
            setPage(1);
          }}
          data-testid="search-recordings"
        />
        <Select
          label={say('recordings.state')}
          value={status}
          data={CHOICES.map((value) => ({ value, label: say(value === '' ? 'recordings.state.all' : `recordings.state.${value}`) }))}
          allowDeselect={false}
          onChange={(value) => {
            setStatus((value ?? '') as Choice);
            setPage(1);
          }}
        />
        <Button variant="default" className={classes.handIn} leftSection={<IconUpload size={18} aria-hidden />} onClick={() => setHandingIn(true)} data-testid="hand-in-film">
          <Text id="recordings.film" />
        </Button>
      </Group>
      {handingIn && <HandIn onClose={() => setHandingIn(false)} />}
      {found.isPending && <LoadingRows />}
      {found.isError && <FaultState error={found.error} retry={() => void found.refetch()} />}
      {found.data?.recordings.length === 0 &&
        (isFiltered ? <Words c="dimmed" role="status"><Text id="recordings.noneFound" /></Words> : <Empty title="recordings.empty" text="recordings.empty.text" />)}
      <ul className={classes.list}>
        {found.data?.recordings.map((each) => (
          <RecordingRow key={each.id} recording={each} />
        ))}
      </ul>
      {total > 1 && <Pagination mt="lg" value={page} onChange={setPage} total={total} getItemProps={(each) => ({ 'aria-label': say('report.page', { page: each }) })} />}
    </>
  );
}
