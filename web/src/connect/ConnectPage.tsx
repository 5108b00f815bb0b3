import { Button, Group, Stack, Tabs, Text as Words, Title } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { CopyField } from '../components/CopyField';
import { Shell, useGrant } from '../components/Shell';
import { FaultState, LoadingRows } from '../components/states';
import { PanelWords } from '../i18n/PanelWords';
import { Text, useText } from '../i18n/text';
import { type Api, apis, type Client, type Place } from './apis';
import { ChangeClient } from './ChangeClient';
import { RevokeDialog, RotateDialog } from './ChangeDialogs';
import { ClientRow } from './ClientRow';
import './styles';
import classes from './Connect.module.css';
import { FirstCall } from './FirstCall';
import { NewClient } from './NewClient';
import { clients } from './queries';
import { type Made, SecretDialog } from './SecretDialog';

const STAND_IN = { clientId: 'CLIENT_ID', secret: 'SECRET', issuer: 'ISSUER' };

export default function ConnectPage() {
  return (
    <Shell title="connect.title">
      <PanelWords>
        <Connect />
      </PanelWords>
    </Shell>
  );
}

/** The doors for other software: where each is, what opens it, and a first call. For administrators. */
function Connect() {
  const found = useQuery(clients());
  const place = { origin: window.location.origin, organizationId: useGrant()?.user.organization_id ?? '' };
  return (
    <>
      <Title order={1} mb="xs">
        <Text id="connect.title" />
      </Title>
      <Words c="dimmed" maw={680} mb="xl">
        <Text id="connect.lead" />
      </Words>
      {found.isPending && <LoadingRows />}
      {found.isError && <FaultState error={found.error} retry={() => void found.refetch()} />}
      {found.data !== undefined && <Doors place={place} known={found.data} />}
    </>
  );
}

function Doors({ place, known }: { place: Place; known: Client[] }) {
  return (
    <Tabs defaultValue="live" keepMounted={false}>
      <Tabs.List mb="lg">
        {apis.map((each) => (
          <Tabs.Tab key={each.id} value={each.id} px="sm" data-testid={`api-${each.id}`}>
            <Text id={each.name} />
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {apis.map((each) => (
        <Tabs.Panel key={each.id} value={each.id}>
          <Door api={each} place={place} known={known.filter(({ kind }) => kind === each.kind)} />
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}

type Open = { what: 'new' } | { what: 'made'; made: Made } | { what: 'change' | 'rotate' | 'revoke'; client: Client };

function Door({ api, place, known }: { api: Api; place: Place; known: Client[] }) {
  const say = useText();
  const [open, setOpen] = useState<Open | null>(null);
  const close = () => setOpen(null);
  const showMade = (made: Made) => setOpen({ what: 'made', made });
  return (
    <Stack gap="lg">
      <section className={`lh-card ${classes.card}`}>
        <Words maw={680}>
          <Text id={api.lead} />
        </Words>
        <CopyField label={say('connect.base')} value={api.base(place)} />
        <FirstCall title="connect.call" call={api.call(place, STAND_IN)} />
      </section>
      <section className={`lh-card ${classes.card}`}>
        <Group justify="space-between">
          <Title order={2}>
            <Text id={`connect.all.${api.kind}`} />
          </Title>
          <Button leftSection={<IconPlus size={18} aria-hidden />} onClick={() => setOpen({ what: 'new' })} data-testid="new-client">
            <Text id={`connect.new.${api.kind}`} />
          </Button>
        </Group>
        {known.length === 0 ? (
          <Words c="dimmed">
            <Text id="connect.none" />
          </Words>
        ) : (
          <ul className={classes.list}>
            {known.map((each) => (
              <ClientRow key={each.id} client={each} onChange={() => setOpen({ what: 'change', client: each })} onRotate={() => setOpen({ what: 'rotate', client: each })} onRevoke={() => setOpen({ what: 'revoke', client: each })} />
            ))}
          </ul>
        )}
      </section>
      {open?.what === 'new' && <NewClient api={api} onMade={showMade} onClose={close} />}
      {open?.what === 'made' && <SecretDialog api={api} place={place} made={open.made} onClose={close} />}
      {open?.what === 'change' && <ChangeClient client={open.client} onClose={close} />}
      {open?.what === 'rotate' && <RotateDialog client={open.client} onMade={showMade} onClose={close} />}
      {open?.what === 'revoke' && <RevokeDialog client={open.client} onClose={close} />}
    </Stack>
  );
}
