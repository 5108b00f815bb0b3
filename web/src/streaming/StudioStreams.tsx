import { Alert, Anchor, Button, Text as Words } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from 'react-router';
import { grantOf } from '../api/identity';
import { keys } from '../api/queries';
import { FaultState, LoadingRows } from '../components/states';
import people from '../components/PersonList.module.css';
import { PanelWords } from '../i18n/PanelWords';
import { Text, useText } from '../i18n/text';
import { mayAppoint, staff } from '../staff/useStaff';
import { type Deed, order, outputs, problemWords, targets } from './calls';
import { PublicLink } from './PublicLink';
import classes from './Streaming.module.css';
import { errorWords, isRunning, stateWords, type Stream, streamsOf } from './streams';

interface StudioStreamsProps {
  sessionId: string;
  roomId: string;
}

export default function StudioStreams(props: StudioStreamsProps) {
  return (
    <PanelWords>
      <Panel {...props} />
    </PanelWords>
  );
}

/** Where else the broadcast goes just now. Moderators see it; hosts and co-hosts start and stop. */
function Panel({ sessionId, roomId }: StudioStreamsProps) {
  const found = useQuery(outputs(sessionId));
  const arranged = useQuery(targets(roomId));
  const team = useQuery(staff(sessionId));
  const cache = useQueryClient();
  const act = useMutation({
    mutationFn: ({ targetId, deed }: { targetId: string; deed: Deed }) => order(sessionId, targetId, deed),
    onSettled: () => cache.invalidateQueries({ queryKey: keys.outputs(sessionId) }),
  });
  if (found.isPending || arranged.isPending) return <LoadingRows rows={2} height={56} />;
  if (found.isError) return <FaultState error={found.error} retry={() => void found.refetch()} />;
  const me = grantOf('account')?.user;
  const mayRun = team.data !== undefined && mayAppoint(team.data, me?.id, me?.role === 'admin').length > 0;
  const streams = streamsOf(arranged.data ?? [], found.data);
  return (
    <div className={people.panel} data-testid="studio-streams">
      {act.isError && (
        <Alert color="signal" role="alert" data-testid="streaming-problem">
          <Text id={problemWords(act.error)} />
        </Alert>
      )}
      {streams.length === 0 && (
        <p className={people.none}>
          <Text id="streaming.none" />
        </p>
      )}
      <ul className={people.list}>
        {streams.map((stream) => (
          <StreamRow
            key={stream.targetId}
            stream={stream}
            busy={act.isPending && act.variables.targetId === stream.targetId}
            onAct={mayRun ? (deed) => act.mutate({ targetId: stream.targetId, deed }) : null}
          />
        ))}
      </ul>
      {arranged.data !== undefined && (
        <Anchor component={Link} to={`/rooms/${roomId}`} target="_blank" size="sm">
          <Text id="streaming.toRoom" />
        </Anchor>
      )}
    </div>
  );
}

interface StreamRowProps {
  stream: Stream;
  busy: boolean;
  onAct: ((deed: Deed) => void) | null;
}

export function StreamRow({ stream, busy, onAct }: StreamRowProps) {
  const say = useText();
  const { name, state, error } = stream;
  const deed: Deed = isRunning(state) ? 'stop' : 'start';
  const words = deed === 'stop' ? 'streaming.stop' : state === 'idle' ? 'streaming.start' : 'streaming.again';
  return (
    <li className={people.person} data-testid="stream" data-state={state}>
      <div className={people.who}>
        <span className={people.name}>{name}</span>
        <span className={classes.state} data-state={state} role="status">
          <span className={classes.dot} aria-hidden />
          <Text id={stateWords[state]} />
        </span>
        {error !== null && <Reason error={error} />}
        <PublicLink address={stream.publicUrl} />
      </div>
      {onAct !== null && state !== 'ending' && (
        <Button
          size="compact-md"
          variant="default"
          loading={busy}
          onClick={() => onAct(deed)}
          aria-label={say(`${words}.name`, { name })}
          data-testid={`${deed}-stream`}
        >
          <Text id={words} />
        </Button>
      )}
    </li>
  );
}

/** In words; what the connection itself said is for support. */
function Reason({ error }: { error: string }) {
  const isCode = /^[a-z_]+$/.test(error);
  return (
    <>
      <Words size="sm" data-testid="stream-error">
        <Text id={errorWords(error)} />
      </Words>
      {!isCode && (
        <Words size="xs" c="dimmed" data-verbatim>
          <Text id="fault.code" values={{ code: error }} />
        </Words>
      )}
    </>
  );
}
