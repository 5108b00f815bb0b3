import { Button, Group, Text as Words, Title } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useIntl } from 'react-intl';
import { Link } from 'react-router';
import { api } from '../api/client';
import { open } from '../api/envelope';
import type { components } from '../api/schema';
import { Shell } from '../components/Shell';
import { FaultState, LoadingRows } from '../components/states';
import { PanelWords } from '../i18n/PanelWords';
import { shortWhen, Text } from '../i18n/text';
import { OwnStore } from './OwnStore';
import { keys, storage as storageQuery } from './queries';
import { size } from './sizes';
import classes from './Recordings.module.css';

type Storage = components['schemas']['StorageStatusResponse'];

const ASK_AGAIN = 2000; // ms, while a cleanup runs

export default function StoragePage() {
  return (
    <Shell title="storage.title">
      <Title order={1} mb="lg">
        <Text id="storage.title" />
      </Title>
      <PanelWords>
        <Space />
      </PanelWords>
    </Shell>
  );
}

function Space() {
  const cache = useQueryClient();
  const clean = useMutation({
    mutationFn: () => open(api().POST('/admin/storage/cleanup', { body: { older_than_days: 0 } })),
    onSuccess: () => cache.invalidateQueries({ queryKey: keys.storage }),
  });
  const isRunning = (status: Storage | undefined) => clean.isSuccess && (status?.reclaimable ?? 0) > 0;
  const storage = useQuery({
    ...storageQuery(),
    refetchInterval: ({ state }) => (isRunning(state.data) ? ASK_AGAIN : false),
  });
  if (storage.isPending) return <LoadingRows rows={2} height={120} />;
  if (storage.isError) return <FaultState error={storage.error} retry={() => void storage.refetch()} />;
  const status = storage.data;
  return (
    <>
      <Figures status={status} />
      <section className={`lh-card ${classes.cleanup}`}>
        <Title order={2} size="h3">
          <Text id="storage.cleanup.title" />
        </Title>
        <Words c="dimmed" maw={640}>
          <Text id="storage.cleanup.text" />
        </Words>
        <Group>
          <Button
            color="red"
            variant="outline"
            leftSection={<IconTrash size={18} aria-hidden />}
            disabled={status.reclaimable === 0}
            loading={clean.isPending || isRunning(status)}
            onClick={() => clean.mutate()}
            data-testid="clean-storage"
          >
            <Text id="storage.cleanup.submit" />
          </Button>
          <Words size="sm" c="dimmed" role="status">
            <LastCleanup status={status} running={isRunning(status)} />
          </Words>
        </Group>
        {clean.isError && (
          <Words size="sm" c="var(--mantine-color-error)" role="alert">
            <Text id="fault.notSaved" />
          </Words>
        )}
      </section>
      <OwnStore isSet={status.own_target} />
    </>
  );
}

function Figures({ status }: { status: Storage }) {
  const intl = useIntl();
  return (
    <dl className={classes.figures}>
      <Figure name={<Text id="storage.used" />} value={size(intl, status.used)} testId="storage-used">
        <Text id={status.backend === 's3' ? 'storage.backend.s3' : 'storage.backend.local'} />
      </Figure>
      {status.available != null && <Figure name={<Text id="storage.available" />} value={size(intl, status.available)} />}
      <Figure name={<Text id="storage.recordings" />} value={intl.formatNumber(status.recordings)}>
        <Link to="/recordings">
          <Text id="storage.toRecordings" />
        </Link>
      </Figure>
      <Figure name={<Text id="storage.failed" />} value={intl.formatNumber(status.failed_recordings)} />
      <Figure name={<Text id="storage.reclaimable" />} value={size(intl, status.reclaimable)} testId="storage-reclaimable" />
    </dl>
  );
}

function Figure({ name, value, testId, children }: { name: ReactNode; value: string; testId?: string; children?: ReactNode }) {
  return (
    <div className={`lh-card ${classes.figure}`}>
      <dt>{name}</dt>
      <dd className="lh-figures" data-testid={testId}>
        {value}
      </dd>
      {children !== undefined && <dd className={classes.note}>{children}</dd>}
    </div>
  );
}

function LastCleanup({ status, running }: { status: Storage; running: boolean }) {
  const intl = useIntl();
  if (running) return <Text id="storage.cleanup.running" />;
  if (status.last_cleanup_at == null) return <Text id="storage.cleanup.never" />;
  return <Text id="storage.cleanup.last" values={{ when: shortWhen(intl, status.last_cleanup_at) }} />;
}
