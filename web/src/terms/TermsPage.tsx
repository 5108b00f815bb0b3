import { Text as Words, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useIntl } from 'react-intl';
import { Shell } from '../components/Shell';
import { FaultState, LoadingRows } from '../components/states';
import { PanelWords } from '../i18n/PanelWords';
import { shortWhen, Text } from '../i18n/text';
import { policy, type Policy } from './calls';
import { Kept } from './Kept';
import classes from './Terms.module.css';
import { TermsForm } from './TermsForm';

export default function TermsPage() {
  return (
    <PanelWords>
      <Shell title="terms.title">
        <Terms />
      </Shell>
    </PanelWords>
  );
}

/** What holds for the whole organization, under a version, and how long the server keeps what. For administrators. */
function Terms() {
  const found = useQuery(policy());
  return (
    <div className={classes.page}>
      <div>
        <Title order={1} mb="xs">
          <Text id="terms.title" />
        </Title>
        <Words c="dimmed">
          <Text id="terms.lead" />
        </Words>
      </div>
      {found.isPending && <LoadingRows rows={2} height={200} />}
      {found.isError && <FaultState error={found.error} retry={() => void found.refetch()} />}
      {found.data !== undefined && (
        <>
          <Words role="status" fw={550} data-testid="terms-version" data-version={found.data.policy.version}>
            <Now terms={found.data.policy} />
          </Words>
          <TermsForm key={found.data.etag} terms={found.data.policy} etag={found.data.etag} />
          <Kept kinds={found.data.policy.retention} />
        </>
      )}
    </div>
  );
}

function Now({ terms }: { terms: Policy }) {
  const intl = useIntl();
  if (terms.version === null || terms.since === null) return <Text id="terms.none" />;
  return <Text id="terms.now" values={{ version: terms.version, since: shortWhen(intl, terms.since) }} />;
}
