import { Button, Group, Switch, Text as Words, Title } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { useIntl } from 'react-intl';
import { useParams } from 'react-router';
import { api } from '../api/client';
import { open } from '../api/envelope';
import { deviceToken, grantOf, type Identity, onIdentityChange } from '../api/identity';
import { keys, type Recording, recording as recordingQuery } from '../api/queries';
import { BackLink, Shell } from '../components/Shell';
import { FaultState, LoadingRows, State } from '../components/states';
import { Player } from '../recordings/Player';
import '@mantine/core/styles/InlineInput.css';
import '@mantine/core/styles/Switch.css';
import { clockTime, shortWhen, Text, useText } from '../i18n/text';
import { NameForm } from './watch/NameForm';
import classes from './ReplayPage.module.css';

const ASK_AGAIN = 3000; // ms, while it is being prepared

export default function ReplayPage() {
  const { roomId = '', recordingId = '' } = useParams();
  const identity = useReplayIdentity();
  const recording = useQuery({
    ...recordingQuery(recordingId, identity ?? 'viewer'),
    enabled: identity !== null,
    refetchInterval: ({ state }) => (state.data !== undefined && state.data.status !== 'ready' && state.data.status !== 'failed' ? ASK_AGAIN : false),
  });
  const title = recording.data?.title ?? '…';
  return (
    <Shell title="replay.tab" values={{ title }} bar={null}>
      <BackLink to={`/w/${roomId}`} id="replay.toRoom" />
      {identity === null && (
        <div className={`lh-card ${classes.door}`}>
          <Title order={1} size="h2">
            <Text id="door.replay" />
          </Title>
          <NameForm roomId={roomId} submit="name.watch" />
        </div>
      )}
      {identity !== null && recording.isPending && <LoadingRows rows={1} height={420} />}
      {recording.isError && <FaultState error={recording.error} retry={() => void recording.refetch()} inner={false} />}
      {identity !== null && recording.data !== undefined && <Replay recording={recording.data} identity={identity} />}
    </Shell>
  );
}

/** Whoever signed in looks with that account, so that staff reach private recordings. */
function useReplayIdentity(): Identity | null {
  const account = useSyncExternalStore(onIdentityChange, () => grantOf('account'));
  const viewer = useSyncExternalStore(onIdentityChange, () => grantOf('viewer'));
  if (account !== null) return 'account';
  return viewer !== null || deviceToken() !== null ? 'viewer' : null;
}

function Replay({ recording, identity }: { recording: Recording; identity: Identity }) {
  const intl = useIntl();
  if (recording.status === 'failed' || recording.status === 'deleted') {
    return <State title="recording.failed" text="replay.failed.text" />;
  }
  if (recording.status !== 'ready' || recording.playback_url == null) {
    return <State title="recording.preparing" text="replay.preparing.text" />;
  }
  return (
    <>
      <div className={classes.picture}>
        <Player recording={recording} identity={identity} className={classes.video} />
      </div>
      <Group justify="space-between" mt="md" align="flex-start">
        <div>
          <Title order={1} size="h2">
            {recording.title}
          </Title>
          <Words c="dimmed" className="lh-figures">
            <span data-testid="replay-duration" data-seconds={recording.duration}>
              {clockTime(recording.duration)}
            </span>
            {recording.started_at != null && ` · ${shortWhen(intl, recording.started_at)}`}
          </Words>
          {identity === 'account' && grantOf('account')?.user.role !== 'viewer' && <Release recording={recording} />}
        </div>
        <Download id={recording.id} identity={identity} />
      </Group>
    </>
  );
}

/** A recording is the host's own until they let others see it. */
function Release({ recording }: { recording: Recording }) {
  const say = useText();
  const cache = useQueryClient();
  const release = useMutation({
    mutationFn: (visibility: 'public' | 'private') =>
      open(api('account').PATCH('/recordings/{id}', { params: { path: { id: recording.id } }, body: { visibility } })),
    onSuccess: () => cache.invalidateQueries({ queryKey: keys.recording(recording.id) }),
  });
  return (
    <>
      <Switch
        mt="sm"
        label={say('replay.release')}
        description={say(recording.visibility === 'public' ? 'replay.release.on' : 'replay.release.off')}
        checked={recording.visibility === 'public'}
        disabled={release.isPending}
        onChange={(event) => release.mutate(event.currentTarget.checked ? 'public' : 'private')}
        data-testid="release"
      />
      {release.isError && (
        <Words size="sm" c="var(--mantine-color-error)" role="alert" mt={4}>
          <Text id="replay.release.refused" />
        </Words>
      )}
    </>
  );
}

/** The address of the file is asked for when it is wanted, since it expires. */
function Download({ id, identity }: { id: string; identity: Identity }) {
  const download = useMutation({
    mutationFn: () => open(api(identity).GET('/recordings/{id}/download', { params: { path: { id } } })),
    onSuccess: ({ url, file_name }) => {
      const link = document.createElement('a');
      link.href = url;
      link.download = file_name;
      link.click();
    },
  });
  return (
    <div>
      <Button variant="default" leftSection={<IconDownload size={18} aria-hidden />} loading={download.isPending} onClick={() => download.mutate()} data-testid="download">
        <Text id="replay.download" />
      </Button>
      {download.isError && (
        <Words size="sm" c="var(--mantine-color-error)" role="alert" mt={4}>
          <Text id="replay.download.refused" />
        </Words>
      )}
    </div>
  );
}
