import { UnstyledButton } from '@mantine/core';
import { IconArrowBigUp, IconArrowBigUpFilled, IconPin } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useIntl } from 'react-intl';
import { Text, useText } from '../i18n/text';
import type { Question } from '../realtime/events';
import classes from './Questions.module.css';

interface QuestionCardProps {
  question: Question;
  /** Gives or takes back a vote; null where voting is not possible. */
  vote: (() => void) | null;
  children?: ReactNode;
}

/** A question with its votes, who asks, how it stands, and its answers. */
export function QuestionCard({ question, vote, children }: QuestionCardProps) {
  const say = useText();
  const isShown = question.state === 'published' || question.state === 'answered';
  const Arrow = question.my_vote ? IconArrowBigUpFilled : IconArrowBigUp;
  return (
    <article className={classes.question} data-testid="question" data-state={question.state} data-votes={question.votes} data-pinned={question.pinned_at != null || undefined}>
      {isShown &&
        (vote === null ? (
          <p className={classes.votes} aria-label={say('questions.votes', { count: question.votes })}>
            <Arrow size={18} aria-hidden />
            <span className="lh-figures">{question.votes}</span>
          </p>
        ) : (
          <UnstyledButton
            className={classes.votes}
            onClick={vote}
            aria-pressed={question.my_vote}
            aria-label={`${say('questions.vote')}: ${question.text}, ${say('questions.votes', { count: question.votes })}`}
            data-testid="vote-question"
          >
            <Arrow size={18} aria-hidden />
            <span className="lh-figures">{question.votes}</span>
          </UnstyledButton>
        ))}
      <div className={classes.body}>
        <p className={classes.text}>{question.text}</p>
        <p className={classes.meta}>
          <Standing question={question} />
        </p>
        <Answers question={question} />
        {children}
      </div>
    </article>
  );
}

function Standing({ question }: { question: Question }) {
  const say = useText();
  const asker = question.username ?? say('questions.somebody');
  const parts = [
    question.is_mine ? say('questions.you') : asker,
    ...(question.is_anonymous && question.username !== null ? [say('questions.anonymous')] : []),
    ...(question.state === 'published' ? [] : [say('questions.state', { state: question.state })]),
  ];
  return (
    <>
      {question.pinned_at != null && <IconPin size={14} role="img" aria-label={say('questions.pinned')} />}
      {parts.join(' · ')}
    </>
  );
}

function Answers({ question }: { question: Question }) {
  const intl = useIntl();
  if (question.answers.length === 0) return null;
  return (
    <ul className={classes.answers}>
      {question.answers.map((answer) => (
        <li key={answer.id} data-testid="question-answer">
          {answer.on_air_at != null && (
            <p className={classes.onAir}>
              <Text id="questions.onAir" values={{ time: intl.formatTime(answer.on_air_at, { timeStyle: 'short' }) }} />
            </p>
          )}
          {answer.text !== '' && <p className={classes.text}>{answer.text}</p>}
          <p className={classes.meta}>{answer.username}</p>
        </li>
      ))}
    </ul>
  );
}
