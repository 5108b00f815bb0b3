import { Group, NativeSelect, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useIntl } from 'react-intl';
import { FigureRow } from '../components/FigureRow';
import { FaultState, LoadingRows } from '../components/states';
import { clockTime, Text, useText } from '../i18n/text';
import { size } from '../recordings/sizes';
import { type Period, periods, type Stats, stats } from './calls';

/** How the caller's rooms fare, an administrator's organization: now, and over some time back. */
export function OverviewFigures() {
  const say = useText();
  const [days, setDays] = useState<Period>(30);
  const found = useQuery(stats(days));
  return (
    <section aria-labelledby="overview-figures">
      <Group justify="space-between" mt="xl" mb="sm">
        <Title order={2} id="overview-figures">
          <Text id="figures.title" />
        </Title>
        <NativeSelect
          aria-label={say('overview.period')}
          value={String(days)}
          onChange={(event) => setDays(periods.find((each) => String(each) === event.currentTarget.value) ?? 30)}
          data={periods.map((each) => ({ value: String(each), label: say('overview.days', { days: each }) }))}
          data-testid="overview-period"
        />
      </Group>
      {found.isPending && <LoadingRows rows={2} height={88} />}
      {found.isError && <FaultState error={found.error} retry={() => void found.refetch()} />}
      {found.data !== undefined && <StatsList figures={found.data} />}
    </section>
  );
}

export function StatsList({ figures }: { figures: Stats }) {
  const intl = useIntl();
  return (
    <>
      <FigureRow
        label="overview.now"
        testId="figures-now"
        figures={[
          ['overview.liveSessions', figures.live_sessions],
          ['overview.currentViewers', figures.current_viewers],
          ['overview.planned', figures.scheduled_sessions],
          ['overview.rooms', figures.total_rooms],
          ['overview.storage', size(intl, figures.storage_used)],
        ]}
      />
      <FigureRow
        label="overview.inPeriod"
        testId="figures-period"
        figures={[
          ['overview.held', figures.ended_sessions],
          ['overview.viewers', figures.total_viewers],
          ['overview.peak', figures.peak_viewers],
          ['overview.watchTime', clockTime(figures.total_watch_time)],
          ['overview.averageTime', clockTime(figures.average_watch_time)],
          ['overview.recordings', figures.total_recordings],
        ]}
      />
    </>
  );
}
