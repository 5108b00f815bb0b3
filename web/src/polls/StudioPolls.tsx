import { Button, Group } from '@mantine/core';
import { IconChartBar, IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { Empty, FaultState, LoadingRows } from '../components/states';
import { PanelWords } from '../i18n/PanelWords';
import { Text } from '../i18n/text';
import type { Poll } from '../realtime/events';
import { PollCard } from './PollCard';
import { PollForm } from './PollForm';
import { PollProblem } from './PollProblem';
import classes from './Polls.module.css';
import { useAllPolls, usePollCalls } from './usePolls';

interface StudioPollsProps {
  sessionId: string;
  /** Whether the session is on: before, polls can be prepared only. */
  isOpen: boolean;
}

export default function StudioPolls(props: StudioPollsProps) {
  return (
    <PanelWords>
      <PollList {...props} />
    </PanelWords>
  );
}

/** The host's polls, the newest first: drafts, open ones with their results as they come, closed ones. */
function PollList({ sessionId, isOpen }: StudioPollsProps) {
  const polls = useAllPolls(sessionId);
  const calls = usePollCalls(sessionId, 'account');
  const [writing, setWriting] = useState(false);
  return (
    <div className={classes.studio} data-testid="studio-polls">
      {writing ? (
        <PollForm
          mayOpen={isOpen}
          problem={calls.problem}
          onCreate={async (poll) => {
            if (await calls.create(poll)) setWriting(false);
          }}
          onCancel={() => setWriting(false)}
        />
      ) : (
        <Button leftSection={<IconPlus size={18} aria-hidden />} onClick={() => setWriting(true)} data-testid="new-poll">
          <Text id="polls.new" />
        </Button>
      )}
      {polls.data === undefined && (polls.isError ? <FaultState error={polls.error} retry={() => void polls.refetch()} /> : <LoadingRows rows={2} />)}
      {polls.data?.length === 0 && !writing && <Empty title="polls.empty" text="polls.empty.text" icon={<IconChartBar size={28} stroke={1.6} />} />}
      {[...(polls.data ?? [])].reverse().map((poll) => (
        <StudioPoll key={poll.id} sessionId={sessionId} poll={poll} mayOpen={isOpen} />
      ))}
    </div>
  );
}

function StudioPoll({ sessionId, poll, mayOpen }: { sessionId: string; poll: Poll; mayOpen: boolean }) {
  const calls = usePollCalls(sessionId, 'account');
  return (
    <PollCard poll={poll} vote={null}>
      <PollProblem problem={calls.problem} />
      {poll.status !== 'closed' && (
        <Group gap="sm" mt="sm">
          {poll.status === 'draft' ? (
            <Button onClick={() => void calls.begin(poll)} disabled={!mayOpen} data-testid="open-poll">
              <Text id="polls.open" />
            </Button>
          ) : (
            <Button variant="default" onClick={() => void calls.close(poll)} data-testid="close-poll">
              <Text id="polls.close" />
            </Button>
          )}
        </Group>
      )}
    </PollCard>
  );
}
