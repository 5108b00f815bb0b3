import { Button, Stack, Text as Words, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Suspense } from 'react';
import { useParams } from 'react-router';
import { Fault } from '../api/envelope';
import { Shell } from '../components/Shell';
import { FaultState, LoadingPage, State } from '../components/states';
import { PanelWords } from '../i18n/PanelWords';
import { Text } from '../i18n/text';
import { stopMails } from './calls';

/** Where the link in a mail leads. Opening it changes nothing: programs that look for harm open links too. */
export default function UnsubscribePage() {
  return (
    <Suspense fallback={<LoadingPage />}>
      <PanelWords>
        <Shell title="reminders.unsubscribe" bar={null}>
          <Question />
        </Shell>
      </PanelWords>
    </Suspense>
  );
}

function Question() {
  const { token = '' } = useParams();
  const stop = useMutation({ mutationFn: () => stopMails(token) });
  if (stop.isSuccess) {
    return (
      <div role="status" data-testid="unsubscribed">
        <State title="reminders.unsubscribed" text="reminders.unsubscribed.text" />
      </div>
    );
  }
  if (stop.error instanceof Fault && stop.error.status === 404) {
    return <State title="reminders.unsubscribe.wrong" text="reminders.unsubscribe.wrong.text" />;
  }
  if (stop.isError) return <FaultState error={stop.error} retry={() => stop.mutate()} inner={false} />;
  return (
    <Stack align="center" gap="md" mt="xl">
      <Title order={1} ta="center">
        <Text id="reminders.unsubscribe" />
      </Title>
      <Words ta="center" c="dimmed" maw={480}>
        <Text id="reminders.unsubscribe.text" />
      </Words>
      <Button size="md" loading={stop.isPending} onClick={() => stop.mutate()} data-testid="unsubscribe">
        <Text id="reminders.unsubscribe.do" />
      </Button>
    </Stack>
  );
}
