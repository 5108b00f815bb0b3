import { Button, Stack, Text as Words } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Fault, Unreachable } from '../api/envelope';
import { type MessageId, Text } from '../i18n/text';
import { useNow } from './Clock';
import { CopyField } from './CopyField';
import { Problem } from './Problem';
import { secondsLeft } from './lifetime';

export interface OneTime {
  url: string;
  expires_at: string;
}

interface OneTimeLinkProps {
  label: string;
  /** What pressing it does, before there is one. */
  make: MessageId;
  call: () => Promise<OneTime>;
  testId: string;
}

/** A link that signs in, once and soon: made when it is asked for, and gone from the page when it is too old. */
export function OneTimeLink({ label, make, call, testId }: OneTimeLinkProps) {
  const making = useMutation({ mutationFn: call });
  return (
    <Stack gap="xs" align="stretch">
      {making.data !== undefined && <Made label={label} made={making.data} testId={testId} />}
      <Problem id={making.isError ? problemWords(making.error) : null} testId={`${testId}-problem`} />
      <div>
        <Button variant="default" loading={making.isPending} onClick={() => making.mutate()} data-testid={`make-${testId}`}>
          <Text id={making.data === undefined ? make : 'oneTime.again'} />
        </Button>
      </div>
    </Stack>
  );
}

function Made({ label, made, testId }: { label: string; made: OneTime; testId: string }) {
  const left = secondsLeft(made.expires_at, useNow());
  return (
    <div data-testid={testId} data-state={left > 0 ? 'good' : 'old'}>
      {left > 0 && <CopyField label={label} value={made.url} />}
      <Words size="sm" c="dimmed" mt={4} className="lh-figures">
        {left > 0 ? <Text id="oneTime.left" values={{ seconds: left }} /> : <Text id="oneTime.old" />}
      </Words>
    </div>
  );
}

function problemWords(problem: unknown): MessageId {
  if (problem instanceof Unreachable) return 'fault.unreachable.text';
  return problem instanceof Fault && problem.status === 403 ? 'fault.forbidden.text' : 'fault.other.text';
}
