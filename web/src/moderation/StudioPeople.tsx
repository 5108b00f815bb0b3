import { Button, Group } from '@mantine/core';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { type ReactNode, useId, useState } from 'react';
import { useIntl } from 'react-intl';
import { grantOf } from '../api/identity';
import { FaultState, LoadingRows } from '../components/states';
import { PanelWords } from '../i18n/PanelWords';
import { type MessageId, shortWhen, Text, useText } from '../i18n/text';
import { BanDialog } from './BanDialog';
import people from '../components/PersonList.module.css';
import classes from './People.module.css';
import { StageProblem } from '../stage/StageProblem';
import { useStage, useStageCalls } from '../stage/useStage';
import { PeopleProblem } from './PeopleProblem';
import { type Ban, bans, usePeopleCalls, type Viewer, viewers, waiting, type WaitingPerson } from './usePeople';

const STAFF = new Set(['host', 'co_host', 'moderator']);

export default function StudioPeople({ sessionId }: { sessionId: string }) {
  return (
    <PanelWords>
      <People sessionId={sessionId} />
    </PanelWords>
  );
}

/** Who waits before the door, who is here, and who is kept out. */
function People({ sessionId }: { sessionId: string }) {
  const atDoor = useQuery(waiting(sessionId));
  const here = useQuery(viewers(sessionId));
  const out = useQuery(bans(sessionId));
  const calls = usePeopleCalls(sessionId);
  const stage = useStage(sessionId);
  const stageCalls = useStageCalls(sessionId, 'account');
  const [banning, setBanning] = useState<Viewer | null>(null);
  const queue = atDoor.data?.waiting ?? [];
  const all = queue.length > 1 && (
    <Button size="compact-md" onClick={() => void calls.admitAll()} data-testid="admit-all">
      <Text id="people.admitAll" />
    </Button>
  );
  return (
    <div className={people.panel} data-testid="studio-people">
      <PeopleProblem problem={calls.problem} />
      <StageProblem problem={stageCalls.problem} />
      <Section title="people.waiting" none="people.waiting.none" count={atDoor.data?.pagination.total} found={atDoor} action={all}>
        {queue.map((person) => (
          <WaitingRow key={person.attendance_id} person={person} onAdmit={() => void calls.admit(person)} onDeny={() => void calls.deny(person)} />
        ))}
      </Section>
      <Section title="people.here" none="people.here.none" count={here.data?.pagination.total} found={here}>
        {here.data?.viewers.map((viewer) => (
          <ViewerRow
            key={viewer.identity}
            viewer={viewer}
            onStage={stage.members.some((member) => member.user_id === viewer.user_id)}
            onAdd={(userId) => void stageCalls.add(userId)}
            onBan={() => setBanning(viewer)}
          />
        ))}
      </Section>
      <Section title="people.banned" none="people.banned.none" count={out.data?.total} found={out}>
        {out.data?.banned.map((ban) => <BanRow key={ban.id} ban={ban} onLift={() => void calls.lift(ban)} />)}
      </Section>
      {banning?.user_id != null && <BanDialog sessionId={sessionId} userId={banning.user_id} name={banning.username} onClose={() => setBanning(null)} />}
    </div>
  );
}

interface SectionProps {
  title: MessageId;
  none: MessageId;
  count: number | undefined;
  found: UseQueryResult<unknown>;
  action?: ReactNode;
  children: ReactNode;
}

function Section({ title, none, count, found, action, children }: SectionProps) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <div className={classes.head}>
        <h3 className={classes.title} id={id}>
          <Text id={title} /> {count !== undefined && <span className={people.count}>{count}</span>}
        </h3>
        {action}
      </div>
      {count === undefined && (found.isError ? <FaultState error={found.error} retry={() => void found.refetch()} /> : <LoadingRows rows={1} height={44} />)}
      {count === 0 ? (
        <p className={people.none}>
          <Text id={none} />
        </p>
      ) : (
        <ul className={people.list}>{children}</ul>
      )}
    </section>
  );
}

function WaitingRow({ person, onAdmit, onDeny }: { person: WaitingPerson; onAdmit: () => void; onDeny: () => void }) {
  const say = useText();
  const intl = useIntl();
  const { name } = person;
  return (
    <li className={people.person} data-testid="waiting-person">
      <span className={people.who}>
        <span className={people.name}>{name}</span>
        <span className={people.more}>
          <Text id="people.waiting.since" values={{ time: intl.formatTime(person.since) }} />
        </span>
      </span>
      <Group gap="xs" wrap="nowrap">
        <Button size="compact-md" onClick={onAdmit} aria-label={say('people.admit.name', { name })} data-testid="admit">
          <Text id="people.admit" />
        </Button>
        <Button size="compact-md" variant="default" onClick={onDeny} aria-label={say('people.deny.name', { name })} data-testid="deny">
          <Text id="people.deny" />
        </Button>
      </Group>
    </li>
  );
}

interface ViewerRowProps {
  viewer: Viewer;
  onStage: boolean;
  onAdd: (userId: string) => void;
  onBan: () => void;
}

function ViewerRow({ viewer, onStage, onAdd, onBan }: ViewerRowProps) {
  const say = useText();
  const name = viewer.username;
  const userId = viewer.user_id;
  const mayBeBanned = viewer.user_id != null && !STAFF.has(viewer.role) && viewer.user_id !== grantOf('account')?.user.id;
  return (
    <li className={people.person} data-testid="viewer">
      <span className={people.who}>
        <span className={people.name}>{name}</span>
        {STAFF.has(viewer.role) && (
          <span className={people.more}>
            <Text id="role.staff" values={{ role: viewer.role }} />
          </span>
        )}
        {onStage && !STAFF.has(viewer.role) && (
          <span className={people.more}>
            <Text id="people.onStage" />
          </span>
        )}
      </span>
      {mayBeBanned && (
        <Group gap="xs" wrap="nowrap">
          {!onStage && userId != null && (
            <Button size="compact-md" variant="default" onClick={() => onAdd(userId)} aria-label={say('people.toStage.name', { name })} data-testid="add-to-stage">
              <Text id="people.toStage" />
            </Button>
          )}
          <Button size="compact-md" variant="subtle" color="signal" onClick={onBan} aria-label={say('people.ban.name', { name })} data-testid="ban">
            <Text id="people.ban" />
          </Button>
        </Group>
      )}
    </li>
  );
}

function BanRow({ ban, onLift }: { ban: Ban; onLift: () => void }) {
  const say = useText();
  const intl = useIntl();
  return (
    <li className={people.person} data-testid="banned-person">
      <span className={people.who}>
        <span className={people.name}>{ban.username}</span>
        <span className={people.more}>
          {ban.expires_at != null ? <Text id="people.banned.until" values={{ when: shortWhen(intl, ban.expires_at) }} /> : <Text id="people.banned.forGood" />}
          {ban.reason != null && ` · ${ban.reason}`}
        </span>
      </span>
      <Button size="compact-md" variant="default" onClick={onLift} aria-label={say('people.lift.name', { name: ban.username })} data-testid="lift-ban">
        <Text id="people.lift" />
      </Button>
    </li>
  );
}
