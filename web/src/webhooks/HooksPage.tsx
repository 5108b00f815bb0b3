import { Button, Group, Text as Words, Title } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Shell } from '../components/Shell';
import { FaultState, LoadingRows } from '../components/states';
import { PanelWords } from '../i18n/PanelWords';
import { Text } from '../i18n/text';
import { type Asked, EndpointCard } from './EndpointCard';
import './styles';
import { EditEndpoint, NewEndpoint } from './EndpointDialogs';
import classes from './Hooks.module.css';
import { type Endpoint, endpoints, type Made } from './queries';
import { ReplayDialog } from './ReplayDialog';
import { RemoveDialog, RotateDialog, SecretDialog } from './SecretDialogs';

type Open = { what: 'new' } | { what: 'made'; made: Made } | { what: Asked; endpoint: Endpoint };

export default function HooksPage() {
  return (
    <Shell title="hooks.title">
      <PanelWords>
        <Hooks />
      </PanelWords>
    </Shell>
  );
}

/** Where the organization's software is told what happens, and how that went. For administrators. */
function Hooks() {
  const found = useQuery(endpoints());
  const [open, setOpen] = useState<Open | null>(null);
  const close = () => setOpen(null);
  const showMade = (made: Made) => setOpen({ what: 'made', made });
  return (
    <>
      <Group justify="space-between" align="flex-start" mb="xs">
        <Title order={1}>
          <Text id="hooks.title" />
        </Title>
        <Button leftSection={<IconPlus size={18} aria-hidden />} onClick={() => setOpen({ what: 'new' })} data-testid="new-endpoint">
          <Text id="hooks.new" />
        </Button>
      </Group>
      <Words c="dimmed" maw={680} mb="xl">
        <Text id="hooks.lead" />
      </Words>
      {found.isPending && <LoadingRows />}
      {found.isError && <FaultState error={found.error} retry={() => void found.refetch()} />}
      {found.data?.length === 0 && (
        <Words c="dimmed" className={`lh-card ${classes.card}`}>
          <Text id="hooks.none" />
        </Words>
      )}
      <ul className={classes.list}>
        {found.data?.map((each) => (
          <EndpointCard key={each.id} endpoint={each} onAsk={(what) => setOpen({ what, endpoint: each })} />
        ))}
      </ul>
      {open?.what === 'new' && <NewEndpoint onMade={showMade} onClose={close} />}
      {open?.what === 'made' && <SecretDialog made={open.made} onClose={close} />}
      {open?.what === 'edit' && <EditEndpoint endpoint={open.endpoint} onClose={close} />}
      {open?.what === 'replay' && <ReplayDialog endpoint={open.endpoint} onClose={close} />}
      {open?.what === 'rotate' && <RotateDialog endpoint={open.endpoint} onMade={showMade} onClose={close} />}
      {open?.what === 'remove' && <RemoveDialog endpoint={open.endpoint} onClose={close} />}
    </>
  );
}
