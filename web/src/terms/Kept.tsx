import { Text as Words, Title } from '@mantine/core';
import { type MessageId, Text } from '../i18n/text';
import type { Kind, Policy } from './calls';
import classes from './Terms.module.css';

const kindWords: Record<Kind, MessageId> = {
  registrations: 'terms.kept.registrations',
  attendance: 'terms.kept.attendance',
  chat: 'terms.kept.chat',
  questions: 'terms.kept.questions',
  polls: 'terms.kept.polls',
  recordings: 'terms.kept.recordings',
  deleted_recordings: 'terms.kept.deletedRecordings',
  history: 'terms.kept.history',
  audit: 'terms.kept.audit',
  webhook_deliveries: 'terms.kept.deliveries',
  exports: 'terms.kept.exports',
};

/** What the server's own rounds remove, and after how long: the operator's to say. */
export function Kept({ kinds }: { kinds: Policy['retention'] }) {
  return (
    <section className={`lh-card ${classes.card}`} data-testid="kept">
      <div>
        <Title order={2} size="h3">
          <Text id="terms.kept" />
        </Title>
        <Words c="dimmed" size="sm">
          <Text id="terms.kept.text" />
        </Words>
      </div>
      <dl className={classes.kept}>
        {kinds.map(({ kind, days }) => (
          <div key={kind}>
            <dt>
              <Text id={kindWords[kind]} />
            </dt>
            <dd className="lh-figures">{days === null ? <Text id="terms.kept.always" /> : <Text id="terms.kept.days" values={{ days }} />}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
