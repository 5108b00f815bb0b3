import { Button } from '@mantine/core';
import { useState } from 'react';
import type { Identity } from '../api/identity';
import { PanelWords } from '../i18n/PanelWords';
import { Text, useText } from '../i18n/text';
import type { Poll } from '../realtime/events';
import type { Polls } from '../realtime/polls';
import { PollCard } from './PollCard';
import { PollProblem } from './PollProblem';
import classes from './Polls.module.css';
import { usePollCalls, useVotersResults } from './usePolls';

interface AudiencePollsProps {
  sessionId: string;
  identity: Identity;
  polls: Polls;
  mayVote: boolean;
  /** How many watch: the more, the less often each asks for results. */
  viewers: number;
}

export default function AudiencePolls(props: AudiencePollsProps) {
  return (
    <PanelWords>
      <PollList {...props} />
    </PanelWords>
  );
}

/** Open polls, the newest first, and closed ones until they are put away. */
function PollList({ sessionId, identity, polls, mayVote, viewers }: AudiencePollsProps) {
  const say = useText();
  const [away, setAway] = useState<readonly string[]>([]);
  const shown = [...polls].reverse().filter(({ id }) => !away.includes(id));
  if (shown.length === 0) return null;
  return (
    <section className={classes.audience} aria-label={say('polls.title')} aria-live="polite" data-testid="polls">
      {shown.map((poll) => (
        <AudiencePoll
          key={poll.id}
          {...{ sessionId, identity, poll, mayVote, viewers }}
          onPutAway={() => setAway([...away, poll.id])}
        />
      ))}
    </section>
  );
}

interface AudiencePollProps extends Omit<AudiencePollsProps, 'polls'> {
  poll: Poll;
  onPutAway: () => void;
}

function AudiencePoll({ sessionId, identity, poll, mayVote, viewers, onPutAway }: AudiencePollProps) {
  const calls = usePollCalls(sessionId, identity);
  useVotersResults(sessionId, identity, poll, viewers);
  return (
    <PollCard poll={poll} vote={mayVote ? (chosen) => calls.vote(poll, chosen) : null}>
      <PollProblem problem={calls.problem} />
      {poll.status === 'closed' && (
        <Button variant="subtle" color="gray" c="inherit" size="compact-md" className={classes.change} onClick={onPutAway} data-testid="put-poll-away">
          <Text id="polls.putAway" />
        </Button>
      )}
    </PollCard>
  );
}
