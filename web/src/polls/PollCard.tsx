import { Button, Group } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { type FormEvent, useId, useState } from 'react';
import { useIntl } from 'react-intl';
import { useNow } from '../components/Clock';
import { clockTime, Text } from '../i18n/text';
import type { Poll } from '../realtime/events';
import classes from './Polls.module.css';

interface PollCardProps {
  poll: Poll;
  /** Stores a vote; answers whether it was stored. Null where voting is not possible. */
  vote: ((optionIds: string[]) => Promise<boolean>) | null;
  children?: React.ReactNode;
}

/** A question with what can be done about it now: a ballot, else how it stands. */
export function PollCard({ poll, vote, children }: PollCardProps) {
  const [changing, setChanging] = useState(false);
  const title = useId();
  const mayVote = vote !== null && poll.status === 'open';
  const asks = mayVote && (poll.my_votes.length === 0 || changing);
  return (
    <article className={classes.poll} aria-labelledby={title} data-testid="poll" data-status={poll.status} data-voters={poll.total_voters}>
      <h2 className={classes.question} id={title}>
        {poll.question}
      </h2>
      <PollState poll={poll} />
      {asks ? (
        <Ballot
          poll={poll}
          labelledBy={title}
          vote={async (chosen) => {
            if (await vote(chosen)) setChanging(false);
          }}
          onKeep={changing ? () => setChanging(false) : null}
        />
      ) : (
        <Results poll={poll} />
      )}
      {mayVote && !asks && (
        <Button variant="subtle" size="compact-md" className={classes.change} onClick={() => setChanging(true)} data-testid="change-vote">
          <Text id="polls.change" />
        </Button>
      )}
      {children}
    </article>
  );
}

function PollState({ poll }: { poll: Poll }) {
  return (
    <p className={classes.state}>
      <Text id="polls.state" values={{ status: poll.status }} />
      {poll.status !== 'draft' && (
        <>
          {' · '}
          <span className="lh-figures">
            <Text id="polls.voters" values={{ count: poll.total_voters }} />
          </span>
        </>
      )}
      {poll.status === 'open' && poll.closes_at != null && <TimeLeft until={poll.closes_at} />}
      {!poll.anonymous && (
        <>
          {' · '}
          <Text id="polls.named" />
        </>
      )}
    </p>
  );
}

function TimeLeft({ until }: { until: string }) {
  const left = Math.max(0, Math.ceil((Date.parse(until) - useNow()) / 1000));
  return (
    <>
      {' · '}
      <span className="lh-figures" role="timer">
        <Text id="polls.timeLeft" values={{ time: clockTime(left) }} />
      </span>
    </>
  );
}

interface BallotProps {
  poll: Poll;
  labelledBy: string;
  vote: (optionIds: string[]) => Promise<void>;
  /** Goes back to the vote that stands. */
  onKeep: (() => void) | null;
}

function Ballot({ poll, labelledBy, vote, onKeep }: BallotProps) {
  const [chosen, setChosen] = useState<readonly string[]>(poll.my_votes);
  const [sending, setSending] = useState(false);
  const name = useId();
  const onSubmit = async (event: FormEvent) => {
    event.preventDefault();
    setSending(true);
    await vote([...chosen]);
    setSending(false);
  };
  const choose = (id: string, isChosen: boolean) => {
    if (!poll.allow_multiple) setChosen([id]);
    else setChosen(isChosen ? [...chosen, id] : chosen.filter((other) => other !== id));
  };
  return (
    <form onSubmit={(event) => void onSubmit(event)}>
      <div role={poll.allow_multiple ? 'group' : 'radiogroup'} aria-labelledby={labelledBy} className={classes.options}>
        {poll.options.map((option) => (
          <label key={option.id} className={classes.choice}>
            <input
              type={poll.allow_multiple ? 'checkbox' : 'radio'}
              name={name}
              checked={chosen.includes(option.id)}
              onChange={(event) => choose(option.id, event.currentTarget.checked)}
              data-testid="poll-option"
            />
            <span>{option.text}</span>
          </label>
        ))}
      </div>
      <Group gap="sm" mt="sm">
        <Button type="submit" disabled={chosen.length === 0} loading={sending} data-testid="vote">
          <Text id="polls.vote" />
        </Button>
        {onKeep !== null && (
          <Button variant="default" onClick={onKeep}>
            <Text id="action.cancel" />
          </Button>
        )}
      </Group>
    </form>
  );
}

function Results({ poll }: { poll: Poll }) {
  const intl = useIntl();
  const mine = new Set(poll.my_votes);
  const isHidden = poll.status === 'open' && poll.options.some((option) => option.votes == null);
  return (
    <>
      <ul className={classes.results} data-testid="poll-results">
        {poll.options.map((option) => (
          <li key={option.id} className={classes.result} data-testid="poll-result" data-votes={option.votes ?? undefined}>
            <span className={classes.answer}>
              {option.text}
              {mine.has(option.id) && (
                <span className={classes.mine}>
                  <IconCheck size={16} aria-hidden /> <Text id="polls.mine" />
                </span>
              )}
            </span>
            {option.votes != null && poll.status !== 'draft' && (
              <>
                <span className={`lh-figures ${classes.share}`}>
                  {intl.formatNumber((option.percentage ?? 0) / 100, { style: 'percent', maximumFractionDigits: 0 })}
                  <span className={classes.votes}>
                    <Text id="polls.votes" values={{ count: option.votes }} />
                  </span>
                </span>
                <span className={classes.bar} aria-hidden>
                  <span style={{ inlineSize: `${Math.min(100, option.percentage ?? 0)}%` }} data-mine={mine.has(option.id) || undefined} />
                </span>
              </>
            )}
          </li>
        ))}
      </ul>
      {isHidden && (
        <p className={classes.state}>
          <Text id={poll.show_results === 'after_vote' && mine.size === 0 ? 'polls.afterVote' : 'polls.afterClose'} />
        </p>
      )}
    </>
  );
}
