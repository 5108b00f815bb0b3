import { Pagination, Table, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { clockTime, Text, useText } from '../i18n/text';
import { type Attendee, attendees, metrics } from '../invited/calls';
import classes from '../pages/ReportPage.module.css';

/** Who watched on air and who afterwards, a line for each person. Nothing until somebody has watched a replay. */
export function Watchers({ sessionId }: { sessionId: string }) {
  const say = useText();
  const [page, setPage] = useState(1);
  const figures = useQuery(metrics(sessionId));
  const hasReplays = (figures.data?.total_replay_view ?? 0) > 0;
  const found = useQuery({ ...attendees(sessionId, page), enabled: hasReplays });
  if (!hasReplays || found.data === undefined) return null;
  const total = found.data.pagination.total_pages;
  return (
    <section aria-labelledby="watchers">
      <Title order={2} id="watchers" mt="xl" mb="sm">
        <Text id="watchers.title" />
      </Title>
      <WatcherTable list={found.data.attendees} />
      {total > 1 && <Pagination mt="md" value={page} onChange={setPage} total={total} getItemProps={(each) => ({ 'aria-label': say('report.page', { page: each }) })} />}
    </section>
  );
}

export function WatcherTable({ list }: { list: Attendee[] }) {
  const say = useText();
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a box that scrolls must be reachable by the keyboard
    <div className={`lh-card ${classes.table}`} tabIndex={0} role="region" aria-labelledby="watchers">
      <Table verticalSpacing="sm" horizontalSpacing="md" className="lh-figures">
        <Table.Thead>
          <Table.Tr>
            <Table.Th><Text id="report.name" /></Table.Th>
            <Table.Th><Text id="report.role" /></Table.Th>
            <Table.Th className={classes.number}><Text id="watchers.live" /></Table.Th>
            <Table.Th className={classes.number}><Text id="watchers.replay" /></Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {list.map((person) => (
            <Table.Tr key={person.id} data-testid="watcher">
              <Table.Td fw={550}>{person.name}</Table.Td>
              <Table.Td>{say('role', { role: person.role })}</Table.Td>
              <Table.Td className={classes.number}>{person.has_participated ? clockTime(person.live_watch_time) : '–'}</Table.Td>
              <Table.Td className={classes.number}>{person.has_replayed ? clockTime(person.replay_watch_time) : '–'}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
