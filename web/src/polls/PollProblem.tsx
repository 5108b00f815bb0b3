import { type MessageId, Text } from '../i18n/text';
import classes from './Polls.module.css';
import type { Problem } from './usePolls';

const words: Record<Problem, MessageId> = {
  closed: 'polls.problem.closed',
  unreachable: 'polls.problem.unreachable',
  refused: 'polls.problem.refused',
};

export function PollProblem({ problem }: { problem: Problem | null }) {
  return (
    <div role="alert" className={classes.problem}>
      {problem !== null && <Text id={words[problem]} />}
    </div>
  );
}
