import { Text as Words } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type MessageId, clockTime, Text, useText } from '../i18n/text';
import { metrics, type Metrics } from './calls';
import classes from './Invited.module.css';

/** The figures of a session: who was asked, who came, for how long. */
export function Figures({ sessionId }: { sessionId: string }) {
  const found = useQuery(metrics(sessionId));
  if (found.data === undefined) return null;
  return <FigureList figures={found.data} />;
}

export function FigureList({ figures }: { figures: Metrics }) {
  const say = useText();
  const shown: [MessageId, string | number][] = [
    ['figures.attendee', figures.attendee],
    ['figures.averageViewTime', clockTime(figures.average_view_time)],
    ['figures.invited', figures.invited],
    ['figures.registrant', figures.registrant],
    ['figures.attendanceRate', `${figures.attendance_rate} %`],
    ['figures.noShow', figures.no_show],
    ['figures.totalReplayView', figures.total_replay_view],
  ];
  return (
    <section aria-label={say('figures.title')}>
      <dl className={`lh-card lh-figures ${classes.figures}`} data-testid="figures">
        {shown.map(([id, value]) => (
          <div key={id} className={classes.figure}>
            <dt>
              <Text id={id} />
            </dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {figures.registrant === 0 && (
        <Words size="sm" c="dimmed" mt={-16} mb="xl">
          <Text id="figures.noRegistrants" />
        </Words>
      )}
    </section>
  );
}
