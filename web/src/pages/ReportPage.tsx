import { Button, Group, Menu, Pagination, Table, Text as Words, Title } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useIntl } from 'react-intl';
import { Link, useParams } from 'react-router';
import { api } from '../api/client';
import { Unreachable, faultOf } from '../api/envelope';
import { type Attendance, attendance as attendanceQuery, recordings as recordingsQuery, session as sessionQuery } from '../api/queries';
import { Shell } from '../components/Shell';
import { Empty, FaultState, LoadingRows } from '../components/states';
import { PanelWords } from '../i18n/PanelWords';
import { clockTime, type MessageId, shortWhen, Text, useText } from '../i18n/text';
import { Figures } from '../invited/Figures';
import { AudienceFigures } from '../reports/AudienceFigures';
import { Watchers } from '../reports/Watchers';
import classes from './ReportPage.module.css';
import { RecordingLines } from './studio/EndedStudio';

export default function ReportPage() {
  return (
    <PanelWords>
      <Report />
    </PanelWords>
  );
}

function Report() {
  const { sessionId = '' } = useParams();
  const [page, setPage] = useState(1);
  const say = useText();
  const intl = useIntl();
  const session = useQuery(sessionQuery(sessionId));
  const people = useQuery({ ...attendanceQuery(sessionId, page), placeholderData: keepPreviousData });
  const recordings = useQuery(recordingsQuery(sessionId));
  const total = people.data?.pagination.total_pages ?? 1;

  if (session.isError) {
    return (
      <Shell title="report.title">
        <FaultState error={session.error} retry={() => void session.refetch()} inner={false} />
      </Shell>
    );
  }
  return (
    <Shell title="report.tab" values={{ title: session.data?.title ?? '…' }}>
      {session.data !== undefined && (
        <>
          <Words component={Link} to={`/rooms/${session.data.room_id}`} size="sm" c="dimmed">
            ← <Text id="report.toRoom" />
          </Words>
          <Title order={1} mt={4}>
            {session.data.title}
          </Title>
          <Words c="dimmed" className="lh-figures" mb="xl">
            {session.data.started_at != null && `${shortWhen(intl, session.data.started_at)} · `}
            {clockTime(session.data.duration)} · <Text id="session.peak" values={{ count: session.data.max_viewers }} />
          </Words>
          <Figures sessionId={sessionId} />
          <AudienceFigures sessionId={sessionId} />
          <section className={`lh-card ${classes.recordings}`} aria-label={say('recording.title')}>
            <Title order={2} size="h3">
              <Text id="recording.title" />
            </Title>
            <RecordingLines list={recordings.data} roomId={session.data.room_id} />
          </section>
        </>
      )}
      <Group justify="space-between" mb="sm">
        <Title order={2} id="attendance">
          <Text id="report.attendance" />
        </Title>
        <Group gap="xs">
          <Export sessionId={sessionId} what="chat" />
          <Export sessionId={sessionId} what="questions" />
          <Export sessionId={sessionId} what="attendance" />
        </Group>
      </Group>
      {people.isPending && <LoadingRows rows={6} height={44} />}
      {people.isError && <FaultState error={people.error} retry={() => void people.refetch()} />}
      {people.data?.attendance.length === 0 && <Empty title="report.empty" text="report.empty.text" />}
      {people.data !== undefined && people.data.attendance.length > 0 && <People list={people.data.attendance} />}
      {total > 1 && <Pagination mt="md" value={page} onChange={setPage} total={total} getItemProps={(each) => ({ 'aria-label': say('report.page', { page: each }) })} />}
      <Watchers sessionId={sessionId} />
    </Shell>
  );
}

export function People({ list }: { list: Attendance[] }) {
  const intl = useIntl();
  const say = useText();
  const clock = (at: string) => intl.formatTime(at, { hour: 'numeric', minute: '2-digit', second: '2-digit' });
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a box that scrolls must be reachable by the keyboard
    <div className={`lh-card ${classes.table}`} tabIndex={0} role="region" aria-labelledby="attendance">
      <Table verticalSpacing="sm" horizontalSpacing="md" className="lh-figures">
        <Table.Thead>
          <Table.Tr>
            <Table.Th><Text id="report.name" /></Table.Th>
            <Table.Th><Text id="report.role" /></Table.Th>
            <Table.Th><Text id="report.joined" /></Table.Th>
            <Table.Th><Text id="report.left" /></Table.Th>
            <Table.Th className={classes.number}><Text id="report.duration" /></Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {list.map((person) => (
            <Table.Tr key={person.id} data-testid="attendee">
              <Table.Td fw={550}>{person.username}</Table.Td>
              <Table.Td>{say('role', { role: person.role })}</Table.Td>
              <Table.Td>{clock(person.joined_at)}</Table.Td>
              <Table.Td>{person.left_at == null ? <Text id="report.stillThere" /> : clock(person.left_at)}</Table.Td>
              <Table.Td className={classes.number} data-testid="attendee-duration" data-seconds={person.duration}>
                {clockTime(person.duration)}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

const formats = ['csv', 'xlsx', 'json'] as const;
type Format = (typeof formats)[number];

/** What can be taken along of a session, and how each is asked for. */
const exports = {
  attendance: (id: string, format: Format) => api().GET('/sessions/{id}/attendance/export', { params: { path: { id }, query: { format } }, parseAs: 'blob' }),
  chat: (id: string, format: Format) => api().GET('/sessions/{id}/chat/export', { params: { path: { id }, query: { format } }, parseAs: 'blob' }),
  questions: (id: string, format: Format) => api().GET('/sessions/{id}/questions/export', { params: { path: { id }, query: { format } }, parseAs: 'blob' }),
};
type Exported = keyof typeof exports;

const exportWords: Record<Exported, MessageId> = { attendance: 'report.attendance', chat: 'report.export.chat', questions: 'report.export.questions' };

function Export({ sessionId, what }: { sessionId: string; what: Exported }) {
  const save = useMutation({
    mutationFn: async (format: Format) => {
      const { data, error, response } = await exports[what](sessionId, format).catch((cause: unknown) => {
        throw new Unreachable(cause);
      });
      if (data === undefined) throw faultOf(error, response);
      saveAs(data as unknown as Blob, `${what}-${sessionId}.${format}`);
    },
  });
  const testId = what === 'attendance' ? 'export' : `export-${what}`;
  return (
    <div>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" leftSection={<IconDownload size={18} aria-hidden />} loading={save.isPending} data-testid={testId}>
            <Text id={exportWords[what]} />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {formats.map((format) => (
            <Menu.Item key={format} onClick={() => save.mutate(format)} data-testid={`${testId}-${format}`}>
              <Text id="report.exportAs" values={{ format: format.toUpperCase() }} />
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {save.isError && (
        <Words size="sm" c="var(--mantine-color-error)" role="alert">
          <Text id="report.exportFailed" />
        </Words>
      )}
    </div>
  );
}

function saveAs(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
