import { Text as Words, Title } from '@mantine/core';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useIntl } from 'react-intl';
import { api } from '../api/client';
import { open } from '../api/envelope';
import { keys } from '../api/queries';
import type { components } from '../api/schema';
import { FigureRow } from '../components/FigureRow';
import { clockTime, Text, useText } from '../i18n/text';
import { areaPath, linePath, type Point, scaleTop } from './timeline';
import classes from './AudienceFigures.module.css';

type Schemas = components['schemas'];
export type Audience = Schemas['AttendanceStatsResponse'];
export type Interaction = Schemas['Interaction'];

const audience = (id: string) =>
  queryOptions({
    queryKey: [...keys.session(id), 'audience'],
    queryFn: () => open(api().GET('/sessions/{id}/attendance/stats', { params: { path: { id } } })),
  });

const report = (id: string) =>
  queryOptions({
    queryKey: [...keys.session(id), 'report'],
    queryFn: () => open(api().GET('/sessions/{id}/report', { params: { path: { id } } })),
  });

/** How many watched while it was on air, over time too, and how much was said and done. */
export function AudienceFigures({ sessionId }: { sessionId: string }) {
  const watched = useQuery(audience(sessionId));
  const told = useQuery(report(sessionId));
  return (
    <>
      {watched.data !== undefined && <AudienceList figures={watched.data} />}
      {told.data !== undefined && <InteractionList figures={told.data.interaction} />}
    </>
  );
}

export function AudienceList({ figures }: { figures: Audience }) {
  const intl = useIntl();
  return (
    <section aria-labelledby="audience-figures" className={classes.part}>
      <Title order={2} id="audience-figures">
        <Text id="audience.title" />
      </Title>
      <Words size="sm" c="dimmed" mb="sm">
        <Text id="audience.text" />
      </Words>
      <FigureRow
        label="audience.title"
        isTitled={false}
        testId="audience-figures"
        figures={[
          ['audience.people', figures.unique_viewers],
          ['audience.peak', figures.peak_viewers],
          ['audience.peakAt', figures.peak_at == null ? '–' : intl.formatTime(figures.peak_at, { hour: 'numeric', minute: '2-digit' })],
          ['audience.joins', figures.total_joins],
          ['audience.average', clockTime(figures.average_duration)],
          ['audience.total', clockTime(figures.total_watch_time)],
        ]}
      />
      {figures.timeline.length > 1 && <Timeline points={figures.timeline} />}
    </section>
  );
}

const WIDTH = 1000;
const HEIGHT = 160;

/** Those who watched at each time, as a filled line; its peak is said in words, and beside it in figures. */
function Timeline({ points }: { points: readonly Point[] }) {
  const say = useText();
  const intl = useIntl();
  const clock = (at: string) => intl.formatTime(at, { hour: 'numeric', minute: '2-digit' });
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return null;
  const most = Math.max(...points.map(({ viewers }) => viewers));
  return (
    <figure className={`lh-card lh-figures ${classes.timeline}`} data-testid="timeline">
      <figcaption className={classes.caption}>
        <Text id="audience.timeline" />
      </figcaption>
      <span className={classes.top} aria-hidden>
        {intl.formatNumber(scaleTop(points))}
      </span>
      <span className={classes.bottom} aria-hidden>
        {intl.formatNumber(0)}
      </span>
      <svg
        className={classes.plot}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={say('audience.timeline.words', { most, from: clock(first.at), to: clock(last.at) })}
      >
        <path d={areaPath(points, WIDTH, HEIGHT)} className={classes.area} />
        <path d={linePath(points, WIDTH, HEIGHT)} className={classes.line} />
      </svg>
      <span className={classes.times} aria-hidden>
        <span>{clock(first.at)}</span>
        <span>{clock(last.at)}</span>
      </span>
    </figure>
  );
}

export function InteractionList({ figures }: { figures: Interaction }) {
  return (
    <section aria-labelledby="interaction-figures" className={classes.part}>
      <Title order={2} id="interaction-figures" mb="sm">
        <Text id="interaction.title" />
      </Title>
      <FigureRow
        label="interaction.title"
        isTitled={false}
        testId="interaction-figures"
        figures={[
          ['interaction.chat', figures.chat_messages],
          ['interaction.questions', figures.questions],
          ['interaction.answered', figures.answered_questions],
          ['interaction.polls', figures.polls],
          ['interaction.votes', figures.votes],
        ]}
      />
    </section>
  );
}
