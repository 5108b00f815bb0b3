import { type MessageId, Text } from '../i18n/text';
import classes from './Questions.module.css';
import type { Problem } from './useQuestions';

const words: Record<Problem, MessageId> = {
  soon: 'questions.problem.soon',
  late: 'questions.problem.late',
  unreachable: 'questions.problem.unreachable',
  refused: 'questions.problem.refused',
};

export function QuestionProblem({ problem }: { problem: Problem | null }) {
  return (
    <div role="alert" className={classes.problem}>
      {problem !== null && <Text id={words[problem]} />}
    </div>
  );
}
