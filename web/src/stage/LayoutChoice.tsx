import { NativeSelect } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { api } from '../api/client';
import { Fault, open } from '../api/envelope';
import { type MessageId, Text, useText } from '../i18n/text';
import type { SessionView } from '../realtime/session';
import { sessionView } from '../realtime/useSession';
import classes from './Stage.module.css';

type Layout = SessionView['layout'];

const WORDS: Record<Layout, MessageId> = {
  single: 'stage.layout.single',
  speaker: 'stage.layout.speaker',
  grid: 'stage.layout.grid',
  side_by_side: 'stage.layout.sideBySide',
  picture_in_picture: 'stage.layout.pictureInPicture',
};

/** How several pictures become one: in the recording, for viewers by HLS, and on other platforms. */
export function LayoutChoice({ sessionId }: { sessionId: string }) {
  const say = useText();
  const view = useQuery(sessionView(sessionId, 'account'));
  const choose = useMutation({
    mutationFn: (layout: Layout) => open(api().PATCH('/sessions/{id}/layout', { params: { path: { id: sessionId } }, body: { layout } })),
    onSettled: () => view.refetch(),
  });
  if (view.data === undefined) return null;
  const shown = choose.isPending ? choose.variables : view.data.layout;
  return (
    <NativeSelect
      label={say('stage.layout')}
      description={say('stage.layout.hint')}
      error={choose.isError ? <Text id={problemWords(choose.error)} /> : null}
      value={shown}
      disabled={choose.isPending}
      onChange={(event) => choose.mutate(event.currentTarget.value as Layout)}
      data={Object.entries(WORDS).map(([value, words]) => ({ value, label: say(words) }))}
      className={classes.layout}
      data-testid="layout"
    />
  );
}

function problemWords(problem: unknown): MessageId {
  if (!(problem instanceof Fault)) return 'fault.unreachable.text';
  if (problem.status === 409) return 'stage.layout.running';
  return problem.status === 403 ? 'fault.forbidden.text' : 'fault.other.text';
}
