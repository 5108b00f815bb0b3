import { Button, Group, Stack, Text as Words, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { type Recording, recordings as recordingsQuery, type Session } from '../../api/queries';
import { Shell } from '../../components/Shell';
import { clockTime, Text } from '../../i18n/text';
import type { SessionView } from '../../realtime/session';

const ASK_AGAIN = 2000; // ms, while a recording is being prepared

export function isBeingPrepared(recording: Recording): boolean {
  return recording.status !== 'ready' && recording.status !== 'failed' && recording.status !== 'deleted';
}

export function EndedStudio({ session, view }: { session: Session; view: SessionView }) {
  const recordings = useQuery({
    ...recordingsQuery(session.id),
    refetchInterval: ({ state }) => (state.data === undefined || state.data.some(isBeingPrepared) ? ASK_AGAIN : false),
  });
  const seconds = view.startedAt !== null && view.endedAt !== null ? (Date.parse(view.endedAt) - Date.parse(view.startedAt)) / 1000 : 0;
  return (
    <Shell title="studio.tab" values={{ title: view.title }}>
      <Stack gap="lg" maw={640} mx="auto" data-testid="ended">
        <div>
          <Title order={1}>
            <Text id="ended.title" />
          </Title>
          <Words c="dimmed" mt={4}>
            {view.title}
          </Words>
        </div>
        <Group gap="xl" className="lh-figures">
          <Figure label={<Text id="ended.duration" />} value={clockTime(seconds)} />
          <Figure label={<Text id="ended.peak" />} value={String(view.viewers.peak)} />
        </Group>
        <div className="lh-card" style={{ padding: '1.25rem' }}>
          <Title order={2} size="h3" mb="xs">
            <Text id="recording.title" />
          </Title>
          {recordings.isError ? <Words c="dimmed"><Text id="recording.unknown" /></Words> : <RecordingLines list={recordings.data} roomId={session.room_id} />}
        </div>
        <Group>
          <Button component={Link} to={`/reports/${session.id}`}>
            <Text id="ended.report" />
          </Button>
          <Button component={Link} to={`/rooms/${session.room_id}`} variant="default">
            <Text id="ended.room" />
          </Button>
        </Group>
      </Stack>
    </Shell>
  );
}

function Figure({ label, value }: { label: React.ReactNode; value: string }) {
  return (
    <div>
      <Words size="sm" c="dimmed">
        {label}
      </Words>
      <Words fz={28} fw={650} lh={1.2}>
        {value}
      </Words>
    </div>
  );
}

/** Each recording with its standing; those that are ready can be watched. */
export function RecordingLines({ list, roomId }: { list: Recording[] | undefined; roomId: string }) {
  if (list === undefined) return null;
  const shown = list.filter((recording) => recording.status !== 'deleted');
  if (shown.length === 0) {
    return (
      <Words c="dimmed">
        <Text id="recording.none" />
      </Words>
    );
  }
  return (
    <Stack gap="sm" role="status">
      {shown.map((recording) => (
        <Group key={recording.id} justify="space-between" data-testid="recording" data-status={recording.status}>
          <Words className="lh-figures">
            {recording.status === 'ready' && <Text id="recording.ready" values={{ duration: clockTime(recording.duration) }} />}
            {recording.status === 'failed' && <Text id="recording.failed" />}
            {isBeingPrepared(recording) && <Text id="recording.preparing" />}
          </Words>
          {recording.status === 'ready' && (
            <Button component={Link} to={`/w/${roomId}/replay/${recording.id}`} variant="default" data-testid="watch-replay">
              <Text id="recording.watch" />
            </Button>
          )}
        </Group>
      ))}
    </Stack>
  );
}
