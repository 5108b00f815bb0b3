import { Alert } from '@mantine/core';
import { Fault } from '../api/envelope';
import { type MessageId, Text } from '../i18n/text';

function wordsOf(problem: unknown): MessageId {
  if (problem instanceof Fault && problem.status === 403) return 'people.problem.forbidden';
  if (problem instanceof Fault && (problem.status === 404 || problem.status === 409)) return 'people.problem.late';
  return 'people.problem.other';
}

/** Why the last thing that was asked for did not happen. */
export function PeopleProblem({ problem }: { problem: unknown }) {
  if (problem === null) return null;
  return (
    <Alert color="signal" role="alert" data-testid="people-problem">
      <Text id={wordsOf(problem)} />
    </Alert>
  );
}
