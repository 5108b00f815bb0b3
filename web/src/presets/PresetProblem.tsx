import { Alert } from '@mantine/core';
import { Fault } from '../api/envelope';
import { type MessageId, Text } from '../i18n/text';

function wordsOf(problem: unknown): MessageId {
  if (!(problem instanceof Fault)) return 'presets.problem.other';
  if (problem.code === 'in_use') return 'presets.problem.inUse';
  if (problem.code === 'quota_exceeded') return 'presets.quota';
  if (problem.status === 409) return 'presets.taken';
  if (problem.status === 403) return 'presets.problem.forbidden';
  return 'presets.problem.other';
}

/** Why the last thing that was asked for did not happen. */
export function PresetProblem({ problem }: { problem: unknown }) {
  if (problem == null) return null;
  return (
    <Alert color="signal" role="alert" mb="md" data-testid="preset-problem">
      <Text id={wordsOf(problem)} />
    </Alert>
  );
}
