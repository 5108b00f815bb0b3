import { Badge, Button, Group, Modal, Stack, Text as Words, Textarea, TextInput, Title } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useMutation, useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, lazy, Suspense, useState } from 'react';
import { useIntl } from 'react-intl';
import { Link, useNavigate, useSearchParams } from 'react-router';
import { api } from '../api/client';
import { Fault, open } from '../api/envelope';
import { grantOf } from '../api/identity';
import { keys, myRooms, type Room, roomSessions, type Session } from '../api/queries';
import type { components } from '../api/schema';
import { FormFoot } from '../components/FormFoot';
import { LiveBadge } from '../components/LiveBadge';
import { Shell } from '../components/Shell';
import { Empty, FaultState, LoadingRows } from '../components/states';
import { type MessageId, shortWhen, Text, useText } from '../i18n/text';
import { myRoomsIn } from '../libraries/queries';
import { byMoment, type RoomLine } from './byMoment';
import classes from './RoomsPage.module.css';

type NewRoom = components['schemas']['CreateRoomRequest'];

const LibraryChoice = lazy(() => import('../libraries/LibraryChoice'));
const ToPresets = lazy(() => import('../presets/ToPresets'));
const RoomChoices = lazy(() => import('../presets/RoomChoices'));

export default function RoomsPage() {
  const [search, setSearch] = useSearchParams();
  const libraryId = search.get('library');
  const all = useQuery({ ...myRooms(), enabled: libraryId === null });
  const within = useQuery({ ...myRoomsIn(libraryId ?? ''), enabled: libraryId !== null });
  const rooms = libraryId === null ? all : within;
  const [creating, setCreating] = useState(false);
  return (
    <Shell title="rooms.title">
      <Group justify="space-between" mb="xl">
        <Title order={1}>
          <Text id="rooms.title" />
        </Title>
        <Group gap="sm">
          {grantOf('account')?.user.role !== 'viewer' && (
            <Suspense>
              <ToPresets />
            </Suspense>
          )}
          <Button leftSection={<IconPlus size={18} aria-hidden />} onClick={() => setCreating(true)}>
            <Text id="rooms.create" />
          </Button>
        </Group>
      </Group>
      <Suspense>
        <LibraryChoice libraryId={libraryId} onChoose={(chosen) => setSearch(chosen === null ? {} : { library: chosen })} />
      </Suspense>
      {rooms.isPending && <LoadingRows rows={4} />}
      {rooms.isError && <FaultState error={rooms.error} retry={() => void rooms.refetch()} />}
      {rooms.data?.length === 0 && <Empty title="rooms.empty" text="rooms.empty.text" />}
      {rooms.data !== undefined && rooms.data.length > 0 && <RoomGroups rooms={rooms.data} />}
      <CreateRoom libraryId={libraryId} opened={creating} onClose={() => setCreating(false)} />
    </Shell>
  );
}

const headings: Record<RoomLine['moment'], MessageId> = {
  live: 'rooms.live',
  next: 'rooms.next',
  past: 'rooms.past',
};

function RoomGroups({ rooms }: { rooms: Room[] }) {
  const sessions = useQueries({
    queries: rooms.map((each) => roomSessions(each.id)),
    combine: (results) => ({ isPending: results.some((result) => result.isPending), lists: results.map((result) => result.data) }),
  });
  if (sessions.isPending) return <LoadingRows rows={rooms.length} />;
  const lines = byMoment(rooms.map((each, index) => ({ room: each, sessions: sessions.lists[index] })));
  return (
    <Stack gap="xl">
      {(['live', 'next', 'past'] as const).map((moment) => {
        const members = lines.filter((line) => line.moment === moment);
        if (members.length === 0) return null;
        return (
          <section key={moment} aria-labelledby={`rooms-${moment}`}>
            <Title order={2} id={`rooms-${moment}`} mb="sm" className={classes.heading}>
              <Text id={headings[moment]} />
            </Title>
            <ul className={classes.list}>
              {members.map((line) => (
                <RoomRow key={line.room.id} {...line} />
              ))}
            </ul>
          </section>
        );
      })}
    </Stack>
  );
}

export function RoomRow({ room, session, moment, isKnown }: RoomLine) {
  return (
    <li className={`lh-card ${classes.row}`}>
      <div className={classes.words}>
        <Link to={`/rooms/${room.id}`} className={classes.title}>
          {room.title}
        </Link>
        <Words size="sm" c="dimmed" truncate>
          {session !== undefined ? <SessionLine session={session} /> : <Text id={isKnown ? 'rooms.noSession' : 'rooms.sessionsUnknown'} />}
        </Words>
      </div>
      {moment === 'live' && session?.status === 'live' && <LiveBadge />}
      {session?.status === 'backstage' && (
        <Badge variant="light" color="gray" tt="none">
          <Text id="status.backstage" />
        </Badge>
      )}
      {session !== undefined && moment !== 'past' && (
        <Button component={Link} to={`/studio/${session.id}`} variant="default" className={classes.raised}>
          <Text id="room.toStudio" />
        </Button>
      )}
    </li>
  );
}

function SessionLine({ session }: { session: Session }) {
  const intl = useIntl();
  const at = session.ended_at ?? session.started_at ?? session.scheduled_start_time;
  return (
    <>
      {session.title}
      {at != null && ` · ${shortWhen(intl, at)}`}
    </>
  );
}

function CreateRoom({ libraryId, opened, onClose }: { libraryId: string | null; opened: boolean; onClose: () => void }) {
  const say = useText();
  const navigate = useNavigate();
  const cache = useQueryClient();
  const create = useMutation({
    mutationFn: (body: NewRoom) => open(api().POST('/rooms', { body })),
    onSuccess: (made) => {
      void cache.invalidateQueries({ queryKey: keys.myRooms });
      void navigate(`/rooms/${made.id}`);
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const given = (name: string) => ((form.get(name) ?? '') as string).trim() || null;
    const shelf = given('library_id') ?? libraryId;
    create.mutate({
      title: (form.get('title') as string).trim(),
      description: given('description'),
      default_preset_id: given('default_preset_id'),
      ...(shelf !== null && { library_id: shelf }),
    });
  };
  return (
    <Modal opened={opened} onClose={onClose} title={<Text id="rooms.create" />} closeButtonProps={{ 'aria-label': say('action.close') }}>
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            name="title"
            label={say('room.name')}
            description={say('room.name.hint')}
            required
            withAsterisk={false}
            maxLength={200}
            data-autofocus
            error={create.error instanceof Fault ? (create.error.field('title') ?? null) : null}
          />
          <Textarea name="description" label={say('room.description')} rows={3} maxLength={4096} />
          <Suspense>
            <RoomChoices libraryId={libraryId} />
          </Suspense>
          <FormFoot problem={create.isError ? 'fault.notSaved' : null} submit="rooms.create.submit" busy={create.isPending} onCancel={onClose} />
        </Stack>
      </form>
    </Modal>
  );
}
