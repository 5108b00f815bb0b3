import { Modal, Stack, Text as Words, Title } from '@mantine/core';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { api } from '../api/client';
import { open } from '../api/envelope';
import { keys, type Session } from '../api/queries';
import { CopyField } from '../components/CopyField';
import { OneTimeLink } from '../components/OneTimeLink';
import { FaultState, LoadingRows } from '../components/states';
import { type MessageId, Text, useText } from '../i18n/text';

const links = (id: string) =>
  queryOptions({
    queryKey: [...keys.session(id), 'links'],
    queryFn: () => open(api().GET('/sessions/{id}/share-urls', { params: { path: { id } } })),
  });

/** Every address of a session: for the audience, for other pages, and for those who run it. */
export function LinksDialog({ session, onClose }: { session: Session; onClose: () => void }) {
  const say = useText();
  const found = useQuery(links(session.id));
  return (
    <Modal opened onClose={onClose} size="lg" title={<Text id="links.title" values={{ title: session.title }} />} closeButtonProps={{ 'aria-label': say('action.close') }}>
      {found.isPending && <LoadingRows rows={3} height={56} />}
      {found.isError && <FaultState error={found.error} retry={() => void found.refetch()} />}
      {found.data !== undefined && (
        <Stack gap="lg" data-testid="links">
          <Part title="links.audience">
            <CopyField label={say('links.session')} value={found.data.viewer_url} />
            <CopyField label={say('links.room')} value={found.data.room_url} />
            {found.data.registration_url != null && <CopyField label={say('links.registration')} value={found.data.registration_url} />}
            {found.data.calendar_url != null && <CopyField label={say('links.calendar')} value={found.data.calendar_url} />}
            <CopyField label={say('links.embed')} value={found.data.embed_code} />
          </Part>
          {session.status !== 'ended' && session.status !== 'cancelled' && <ForTheTeam session={session} />}
        </Stack>
      )}
    </Modal>
  );
}

function ForTheTeam({ session: { id } }: { session: Session }) {
  const say = useText();
  return (
    <Part title="links.team">
      <CopyField label={say('links.monitor')} value={`${window.location.origin}/monitor/${id}`} />
      <Words size="sm" c="dimmed">
        <Text id="links.monitor.text" />
      </Words>
      <Words size="sm" c="dimmed">
        <Text id="links.studio.text" />
      </Words>
      <OneTimeLink label={say('links.studio')} make="links.studio.make" call={() => open(api().POST('/sessions/{id}/studio-url', { params: { path: { id } } }))} testId="studio-link" />
    </Part>
  );
}

function Part({ title, children }: { title: MessageId; children: React.ReactNode }) {
  return (
    <section>
      <Title order={3} size="h4" mb="xs">
        <Text id={title} />
      </Title>
      <Stack gap="sm">{children}</Stack>
    </section>
  );
}
