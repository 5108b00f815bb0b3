import { type MessageId, Text } from '../i18n/text';
import classes from './Stage.module.css';
import type { Problem } from './useStage';

const WORDS: Record<Problem, MessageId> = {
  full: 'stage.problem.full',
  soon: 'stage.problem.soon',
  off: 'stage.problem.off',
  unreachable: 'fault.unreachable.text',
  refused: 'fault.other.text',
};

export function StageProblem({ problem }: { problem: Problem | null }) {
  if (problem === null) return null;
  return (
    <p className={classes.problem} role="alert" data-testid="stage-problem">
      <Text id={WORDS[problem]} />
    </p>
  );
}
