import { Pagination, Text as Words, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import listing from '../components/Listing.module.css';
import { Shell } from '../components/Shell';
import { FaultState, LoadingRows } from '../components/states';
import { PanelWords } from '../i18n/PanelWords';
import { Text, useText } from '../i18n/text';
import { exports } from './calls';
import { ExportRow } from './ExportRow';
import { MakeExport } from './MakeExport';

export default function ExportsPage() {
  return (
    <PanelWords>
      <Shell title="exports.title">
        <Exports />
      </Shell>
    </PanelWords>
  );
}

/** Files of what happened, made in the background for who asked for them, and nobody else. */
function Exports() {
  const say = useText();
  const [page, setPage] = useState(1);
  const found = useQuery(exports(page));
  const total = found.data?.pagination.total_pages ?? 1;
  return (
    <>
      <Title order={1} mb="xs">
        <Text id="exports.title" />
      </Title>
      <Words c="dimmed" maw={680} mb="lg">
        <Text id="exports.lead" />
      </Words>
      <MakeExport />
      <Title order={2} mt="xl" mb="sm">
        <Text id="exports.mine" />
      </Title>
      {found.isPending && <LoadingRows />}
      {found.isError && <FaultState error={found.error} retry={() => void found.refetch()} />}
      {found.data?.exports.length === 0 && (
        <Words c="dimmed">
          <Text id="exports.none" />
        </Words>
      )}
      <ul className={listing.list}>
        {found.data?.exports.map((each) => (
          <ExportRow key={each.id} made={each} />
        ))}
      </ul>
      {total > 1 && <Pagination mt="lg" value={page} onChange={setPage} total={total} getItemProps={(each) => ({ 'aria-label': say('report.page', { page: each }) })} />}
    </>
  );
}
