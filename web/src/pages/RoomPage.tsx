import { Anchor, Badge, Button, Group, Modal, Stack, Switch, Text as Words, TextInput, Title } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, lazy, Suspense, useState } from 'react';
import { useIntl } from 'react-intl';
import { Link, useParams } from 'react-router';
import { api } from '../api/client';
import { Fault, open } from '../api/envelope';
import { keys, type Room, room as roomQuery, roomSessions, type Session } from '../api/queries';
import type { components } from '../api/schema';
import { CopyField } from '../components/CopyField';
import { FormFoot } from '../components/FormFoot';
import { LiveBadge } from '../components/LiveBadge';
import { BackLink, Shell } from '../components/Shell';
import { Empty, FaultState, LoadingRows } from '../components/states';
import { clockTime, type MessageId, shortWhen, Text, useText } from '../i18n/text';
import { useRoomChannel } from '../realtime/useRoom';
import classes from './RoomPage.module.css';

type NewSession = components['schemas']['CreateSessionRequest'];

const PresetChoice = lazy(() => import('../presets/PresetChoice'));
const RoomMenu = lazy(() => import('../rooms/RoomMenu'));
const SessionMenu = lazy(() => import('../sessions/SessionMenu'));
const RoomTargets = lazy(() => import('../streaming/RoomTargets'));
const SourceChoice = lazy(() => import('../encoder/SourceChoice'));

export default function RoomPage() {
  const { roomId = '' } = useParams();
  const say = useText();
  const room = useQuery(roomQuery(roomId));
  const sessions = useQuery(roomSessions(roomId));
  const [creating, setCreating] = useState(false);
  useRoomChannel(roomId);

  return (
    <Shell title="room.tab" values={{ title: room.data?.title ?? '…' }}>
      <BackLink to="/rooms" id="rooms.title" />
      {room.isError && <FaultState error={room.error} retry={() => void room.refetch()} />}
      {room.isPending && <LoadingRows rows={2} />}
      {room.data !== undefined && (
        <>
          <Group justify="space-between" align="flex-start" wrap="nowrap" mt={4}>
            <Title order={1}>{room.data.title}</Title>
            <Suspense>
              <RoomMenu room={room.data} />
            </Suspense>
          </Group>
          {room.data.description != null && (
            <Words c="dimmed" mt="xs" maw={720}>
              {room.data.description}
            </Words>
          )}
          <div className={`lh-card ${classes.share}`}>
            <CopyField label={say('room.shareLink')} value={`${window.location.origin}/w/${roomId}`} />
            <Words size="sm" c="dimmed">
              <Text id="room.shareLink.hint" />
            </Words>
          </div>
          <Group mt="md">
            <Button component={Link} to={`/rooms/${roomId}/registrations`} variant="default" data-testid="to-registrations">
              <Text id="room.registrations" />
            </Button>
          </Group>
          <Group justify="space-between" mb="md" mt="xl">
            <Title order={2}>
              <Text id="room.sessions" />
            </Title>
            <Button leftSection={<IconPlus size={18} aria-hidden />} onClick={() => setCreating(true)}>
              <Text id="session.create" />
            </Button>
          </Group>
          {sessions.isPending && <LoadingRows />}
          {sessions.isError && <FaultState error={sessions.error} retry={() => void sessions.refetch()} />}
          {sessions.data?.length === 0 && <Empty title="room.noSessions" text="room.noSessions.text" />}
          <ul className={classes.list}>
            {sessions.data?.map((each) => (
              <SessionRow key={each.id} session={each} />
            ))}
          </ul>
          <Suspense>
            <RoomTargets roomId={roomId} />
          </Suspense>
          <CreateSession room={room.data} opened={creating} onClose={() => setCreating(false)} />
        </>
      )}
    </Shell>
  );
}

const statusWords: Record<Session['status'], MessageId> = {
  scheduled: 'status.scheduled',
  backstage: 'status.backstage',
  live: 'status.live',
  ended: 'status.ended',
  cancelled: 'status.cancelled',
};

export function SessionRow({ session }: { session: Session }) {
  const intl = useIntl();
  const isOver = session.status === 'ended';
  const wentLive = session.started_at != null;
  const at = session.started_at ?? session.scheduled_start_time ?? (isOver ? session.ended_at : null);
  return (
    <li className={`lh-card ${classes.row}`}>
      <div className={classes.words}>
        <Group gap="sm">
          <Words fw={600}>{session.title}</Words>
          {session.status === 'live' ? (
            <LiveBadge />
          ) : (
            <Badge variant="light" color="gray" tt="none" c="inherit">
              <Text id={statusWords[session.status]} />
            </Badge>
          )}
        </Group>
        <Words size="sm" c="dimmed" className="lh-figures">
          {at == null ? <Text id="session.anytime" /> : shortWhen(intl, at)}
          {isOver && wentLive && ` · ${clockTime(session.duration)} · `}
          {isOver && wentLive && <Text id="session.peak" values={{ count: session.max_viewers }} />}
        </Words>
      </div>
      {session.status !== 'cancelled' && (
        <Anchor component={Link} to={`/sessions/${session.id}/people`} data-testid="to-people">
          <Text id="room.toPeople" />
        </Anchor>
      )}
      {session.status === 'ended' ? (
        <Anchor component={Link} to={`/reports/${session.id}`}>
          <Text id="room.toReport" />
        </Anchor>
      ) : (
        session.status !== 'cancelled' && (
          <Button component={Link} to={`/studio/${session.id}`} variant="default" data-testid="to-studio">
            <Text id="room.toStudio" />
          </Button>
        )
      )}
      <Suspense>
        <SessionMenu session={session} />
      </Suspense>
    </li>
  );
}

function CreateSession({ room, opened, onClose }: { room: Room; opened: boolean; onClose: () => void }) {
  const say = useText();
  const cache = useQueryClient();
  const [recorded, setRecorded] = useState(true);
  const create = useMutation({
    mutationFn: (body: NewSession) => open(api().POST('/rooms/{id}/sessions', { params: { path: { id: room.id } }, body })),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: keys.room(room.id) });
      onClose();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const starts = form.get('starts') as string;
    create.mutate({
      title: (form.get('title') as string).trim(),
      mode: (form.get('mode') ?? 'webcam') as NewSession['mode'],
      recording_enabled: recorded,
      preset_id: ((form.get('preset_id') ?? '') as string) || null,
      ...(starts !== '' && {
        scheduled_start_time: new Date(starts).toISOString(),
        timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      }),
    });
  };
  const fault = create.error instanceof Fault ? create.error : null;
  return (
    <Modal opened={opened} onClose={onClose} title={<Text id="session.create" />} closeButtonProps={{ 'aria-label': say('action.close') }}>
      <form onSubmit={submit}>
        <Stack>
          <TextInput name="title" label={say('session.name')} required withAsterisk={false} maxLength={200} data-autofocus error={fault?.field('title')} />
          <TextInput name="starts" type="datetime-local" label={say('session.starts')} description={say('session.starts.hint')} error={fault?.field('scheduled_start_time')} />
          <Suspense>
            <SourceChoice />
          </Suspense>
          <Suspense>
            <PresetChoice room={room} onChoose={(preset) => setRecorded(preset?.recording_enabled ?? true)} />
          </Suspense>
          <Switch label={say('session.record')} checked={recorded} onChange={(event) => setRecorded(event.currentTarget.checked)} />
          <FormFoot problem={create.isError ? 'fault.notSaved' : null} submit="session.create.submit" busy={create.isPending} onCancel={onClose} />
        </Stack>
      </form>
    </Modal>
  );
}
