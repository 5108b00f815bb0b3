import { Text as Words, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Identity } from '../api/identity';
import { PanelWords } from '../i18n/PanelWords';
import { Text } from '../i18n/text';
import { speakers, type Speaker } from './calls';
import classes from './Speakers.module.css';

/** Who will speak, for those who wait. Nothing where nobody was named. */
export default function Speakers({ sessionId, identity }: { sessionId: string; identity: Identity }) {
  const found = useQuery(speakers(sessionId, identity)).data ?? [];
  if (found.length === 0) return null;
  return (
    <PanelWords>
      <SpeakerList speakers={found} />
    </PanelWords>
  );
}

export function SpeakerList({ speakers }: { speakers: Speaker[] }) {
  return (
    <section aria-labelledby="speakers" className={classes.speakers} data-testid="speakers">
      <Title order={2} size="h3" id="speakers">
        <Text id="speakers.title" />
      </Title>
      <ul className={classes.list}>
        {speakers.map((speaker) => (
          <li key={speaker.id} className={`lh-card ${classes.speaker}`} data-testid="speaker">
            <Words fw={600}>{speaker.name}</Words>
            {speaker.title != null && (
              <Words size="sm" c="dimmed">
                {speaker.title}
              </Words>
            )}
            {speaker.biography != null && (
              <Words size="sm" mt={4} className={classes.lines}>
                {speaker.biography}
              </Words>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
