import { Anchor, Badge, Button, Group, Modal, Stack, Text as Words } from '@mantine/core';
import { IconCalendarPlus, IconRefresh, IconTrash } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, useSyncExternalStore } from 'react';
import { useIntl } from 'react-intl';
import { Link } from 'react-router';
import { api } from '../api/client';
import { done, Fault, open } from '../api/envelope';
import { grantOf, onIdentityChange } from '../api/identity';
import type { Recording } from '../api/queries';
import { clockTime, type MessageId, shortWhen, Text, useText } from '../i18n/text';
import { PublishLater } from './PublishLater';
import { keys } from './queries';
import { size } from './sizes';
import classes from './Recordings.module.css';

const states: Record<Recording['status'], { words: MessageId; colour: string }> = {
  starting: { words: 'recordings.state.recording', colour: 'red' },
  recording: { words: 'recordings.state.recording', colour: 'red' },
  processing: { words: 'recordings.state.processing', colour: 'gray' },
  ready: { words: 'recordings.state.ready', colour: 'teal' },
  failed: { words: 'recordings.state.failed', colour: 'orange' },
  deleted: { words: 'recordings.state.failed', colour: 'gray' },
};
const reasons: Record<string, MessageId> = {
  nothing_recorded: 'recordings.reason.nothing',
  file_missing: 'recordings.reason.missing',
  lost: 'recordings.reason.lost',
  media_unavailable: 'recordings.reason.media',
};

export function RecordingRow({ recording }: { recording: Recording }) {
  const intl = useIntl();
  const [deleting, setDeleting] = useState(false);
  const [planning, setPlanning] = useState(false);
  const isAdmin = useSyncExternalStore(onIdentityChange, () => grantOf('account')?.user.role === 'admin');
  const state = states[recording.status];
  const isReady = recording.status === 'ready';
  return (
    <li className={`lh-card ${classes.row}`} data-testid="recording" data-status={recording.status}>
      {recording.thumbnail_url != null && <img className={classes.picture} src={recording.thumbnail_url} alt="" loading="lazy" data-testid="recording-picture" />}
      <div className={classes.words}>
        <Group gap="sm" className={classes.heading}>
          {isReady ? (
            <Anchor component={Link} to={`/w/${recording.room_id}/replay/${recording.id}`} fw={600} c="inherit">
              {recording.title}
            </Anchor>
          ) : (
            <Words fw={600}>{recording.title}</Words>
          )}
          <Badge variant="light" color={state.colour} tt="none" c="inherit">
            <Text id={state.words} />
          </Badge>
          {isReady && recording.visibility !== 'private' && (
            <Badge variant="outline" color="gray" tt="none" c="inherit">
              <Text id={recording.visibility === 'public' ? 'recordings.public' : 'recordings.members'} />
            </Badge>
          )}
        </Group>
        <Words size="sm" c="dimmed" className="lh-figures">
          {shortWhen(intl, recording.started_at ?? recording.created_at)}
          {recording.duration > 0 && ` · ${clockTime(recording.duration)}`}
          {recording.file_size > 0 && ` · ${size(intl, recording.file_size)}`}
        </Words>
        {recording.publish_at !== null && (
          <Words size="sm" data-testid="publish-planned">
            <Text id="recordings.later.planned" values={{ when: shortWhen(intl, recording.publish_at) }} />
          </Words>
        )}
        {recording.status === 'failed' && (
          <Words size="sm">
            <Text id={reasons[recording.error_code ?? ''] ?? 'recordings.reason.other'} />
          </Words>
        )}
      </div>
      <Group gap="xs">
        {recording.status === 'failed' && isAdmin && <Retry recording={recording} />}
        {recording.status !== 'failed' && recording.visibility !== 'public' && (
          <Button variant="subtle" color="gray" c="inherit" leftSection={<IconCalendarPlus size={18} aria-hidden />} onClick={() => setPlanning(true)} data-testid="publish-later">
            <Text id="recordings.later" />
          </Button>
        )}
        {(isReady || recording.status === 'failed') && (
          <Button variant="subtle" color="gray" c="inherit" leftSection={<IconTrash size={18} aria-hidden />} onClick={() => setDeleting(true)} data-testid="delete-recording">
            <Text id="recordings.delete" />
          </Button>
        )}
      </Group>
      <Delete recording={recording} opened={deleting} onClose={() => setDeleting(false)} />
      {planning && <PublishLater recording={recording} onClose={() => setPlanning(false)} />}
    </li>
  );
}

function Retry({ recording }: { recording: Recording }) {
  const cache = useQueryClient();
  const retry = useMutation({
    mutationFn: () => open(api().POST('/admin/recordings/{id}/retry', { params: { path: { id: recording.id } } })),
    onSuccess: () => cache.invalidateQueries({ queryKey: keys.mine }),
  });
  const isGone = retry.error instanceof Fault && retry.error.status === 410;
  return (
    <div>
      <Button variant="default" leftSection={<IconRefresh size={18} aria-hidden />} loading={retry.isPending} disabled={isGone} onClick={() => retry.mutate()} data-testid="retry-recording">
        <Text id="recordings.retry" />
      </Button>
      {retry.isError && (
        <Words size="sm" c="var(--mantine-color-error)" role="alert" mt={4} maw={220}>
          <Text id={isGone ? 'recordings.retry.gone' : 'recordings.retry.refused'} />
        </Words>
      )}
    </div>
  );
}

function Delete({ recording, opened, onClose }: { recording: Recording; opened: boolean; onClose: () => void }) {
  const say = useText();
  const cache = useQueryClient();
  const remove = useMutation({
    mutationFn: () => done(api().DELETE('/recordings/{id}', { params: { path: { id: recording.id } } })),
    onSuccess: async () => {
      onClose();
      await cache.invalidateQueries({ queryKey: keys.mine });
    },
  });
  return (
    <Modal opened={opened} onClose={onClose} title={<Text id="recordings.delete.title" />} closeButtonProps={{ 'aria-label': say('action.close') }}>
      <Stack>
        <Words>
          <Text id="recordings.delete.text" values={{ title: recording.title }} />
        </Words>
        {remove.isError && (
          <Words c="var(--mantine-color-error)" size="sm" role="alert">
            <Text id="recordings.delete.refused" />
          </Words>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            <Text id="action.cancel" />
          </Button>
          <Button color="red" loading={remove.isPending} onClick={() => remove.mutate()} data-testid="confirm-delete">
            <Text id="recordings.delete.confirm" />
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
