import { Badge, Button, Group, Text as Words } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useIntl } from 'react-intl';
import { Fault } from '../api/envelope';
import { room, session } from '../api/queries';
import listing from '../components/Listing.module.css';
import { shortWhen, Text, useText } from '../i18n/text';
import { size } from '../recordings/sizes';
import { saveAs } from '../registration/file';
import { type Export, fetchFile } from './calls';
import { kindWords, reasonWords, stateWords } from './words';

const KB = 1000; // bytes; no file is shown as nothing
const RARELY = 300_000; // ms; titles seldom change

export function ExportRow({ made }: { made: Export }) {
  const intl = useIntl();
  const say = useText();
  const fetching = useMutation({
    mutationFn: () => fetchFile(made.id),
    onSuccess: (file) => saveAs(file, `${made.kind}.${made.format}`),
  });
  const isGone = fetching.error instanceof Fault && [403, 404].includes(fetching.error.status);
  const when = shortWhen(intl, made.created_at);
  return (
    <li className={`lh-card ${listing.row}`} data-testid="export" data-state={made.state} data-kind={made.kind}>
      <div className={listing.who}>
        <Group gap="sm">
          <Words fw={600}>
            <Text id={kindWords[made.kind]} />
          </Words>
          <Badge variant="light" color={made.state === 'failed' ? 'orange' : made.state === 'ready' ? 'teal' : 'gray'} tt="none" c="inherit">
            <Text id={stateWords[made.state]} />
          </Badge>
        </Group>
        <OfWhat made={made} />
        <Words size="sm" c="dimmed" className="lh-figures">
          {made.format.toUpperCase()}
          {made.size !== null && ` · ${size(intl, Math.max(made.size, KB))}`} · <Text id="exports.until" values={{ made: when, until: shortWhen(intl, made.expires_at) }} />
        </Words>
        {made.reason !== null && (
          <Words size="sm">
            <Text id={reasonWords[made.reason]} />
          </Words>
        )}
        {fetching.isError && (
          <Words size="sm" c="var(--mantine-color-error)" role="alert">
            <Text id={isGone ? 'exports.gone' : 'report.exportFailed'} />
          </Words>
        )}
      </div>
      {made.state === 'ready' && (
        <Button variant="default" leftSection={<IconDownload size={18} aria-hidden />} loading={fetching.isPending} onClick={() => fetching.mutate()} aria-label={say('exports.fetch.name', { what: say(kindWords[made.kind]), when })} data-testid="fetch-export">
          <Text id="exports.fetch" />
        </Button>
      )}
    </li>
  );
}

/** The title of its session or room; nothing for what is of the organization, or gone. */
function OfWhat({ made }: { made: Export }) {
  const { session_id: sessionId, room_id: roomId } = made;
  const ofSession = useQuery({ ...session(sessionId ?? ''), enabled: sessionId !== null, staleTime: RARELY, retry: false });
  const ofRoom = useQuery({ ...room(roomId ?? ''), enabled: sessionId === null && roomId !== null, staleTime: RARELY, retry: false });
  const title = ofSession.data?.title ?? ofRoom.data?.title;
  return title === undefined ? null : <Words size="sm">{title}</Words>;
}
