import { Alert, Button, Group, NativeSelect, Stack, Switch, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { grantOf } from '../api/identity';
import { FaultState, LoadingRows } from '../components/states';
import { PanelWords } from '../i18n/PanelWords';
import { type MessageId, Text, useText } from '../i18n/text';
import { DismissDialog } from './DismissDialog';
import people from '../components/PersonList.module.css';
import classes from './Staff.module.css';
import { type AppointedRole, mayAppoint, type Member, problemWords, staff, useStaffCalls } from './useStaff';

export default function StudioStaff({ sessionId }: { sessionId: string }) {
  return (
    <PanelWords>
      <Panel sessionId={sessionId} />
    </PanelWords>
  );
}

/** Who runs the session: its host, and those appointed. */
function Panel({ sessionId }: { sessionId: string }) {
  const found = useQuery(staff(sessionId));
  const calls = useStaffCalls(sessionId);
  const [leaving, setLeaving] = useState<Member | null>(null);
  if (found.isPending) return <LoadingRows rows={3} height={44} />;
  if (found.isError) return <FaultState error={found.error} retry={() => void found.refetch()} />;
  const me = grantOf('account')?.user;
  const { host, co_hosts, moderators } = found.data;
  const roles = mayAppoint(found.data, me?.id, me?.role === 'admin');
  const rows = (members: Member[], role: AppointedRole) =>
    members.map((member) => <MemberRow key={member.id} member={member} onDismiss={roles.includes(role) && member.user_id !== null ? () => setLeaving(member) : null} />);
  return (
    <div className={people.panel} data-testid="studio-staff">
      {calls.problem !== null && (
        <Alert color="signal" role="alert" data-testid="staff-problem">
          <Text id={problemWords(calls.problem)} />
        </Alert>
      )}
      <Section title="staff.host">
        <li className={people.person}>
          <Who name={host.display_name ?? host.username} more={host.email ?? null} isMe={host.id === me?.id} />
        </li>
      </Section>
      <Section title="staff.coHosts" none="staff.coHosts.none" count={co_hosts.length}>
        {rows(co_hosts, 'co_host')}
      </Section>
      <Section title="staff.moderators" none="staff.moderators.none" count={moderators.length}>
        {rows(moderators, 'moderator')}
      </Section>
      {roles.length > 0 && <Appointment roles={roles} onAppoint={calls.appoint} />}
      {leaving?.user_id != null && (
        <DismissDialog
          name={nameOf(leaving)}
          onClose={() => setLeaving(null)}
          onDismiss={() => {
            void calls.dismiss(leaving.role === 'co_host' ? 'co_host' : 'moderator', leaving.user_id ?? '');
            setLeaving(null);
          }}
        />
      )}
    </div>
  );
}

function Section({ title, none, count, children }: { title: MessageId; none?: MessageId; count?: number; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <h3 className={classes.title} id={id}>
        <Text id={title} /> {count !== undefined && <span className={people.count}>{count}</span>}
      </h3>
      {count === 0 && none !== undefined ? (
        <p className={people.none}>
          <Text id={none} />
        </p>
      ) : (
        <ul className={people.list}>{children}</ul>
      )}
    </section>
  );
}

function Who({ name, more, isMe }: { name: string; more: string | null; isMe: boolean }) {
  return (
    <span className={people.who}>
      <span className={people.name}>
        {name}
        {isMe && (
          <span className={people.count}>
            {' '}
            (<Text id="staff.you" />)
          </span>
        )}
      </span>
      {more !== null && more !== name && <span className={people.more}>{more}</span>}
    </span>
  );
}

function MemberRow({ member, onDismiss }: { member: Member; onDismiss: (() => void) | null }) {
  const say = useText();
  const name = nameOf(member);
  return (
    <li className={people.person} data-testid="staff-member" data-role={member.role} data-status={member.status}>
      <Who name={name} more={member.status === 'invited' ? say('staff.invited') : member.email} isMe={member.user_id === grantOf('account')?.user.id} />
      {onDismiss !== null && (
        <Button size="compact-md" variant="subtle" color="signal" onClick={onDismiss} aria-label={say('staff.dismiss.name', { name })} data-testid="dismiss">
          <Text id="staff.dismiss" />
        </Button>
      )}
    </li>
  );
}

function nameOf(member: Member): string {
  return member.user?.display_name ?? member.user?.username ?? member.email ?? '';
}

interface AppointmentProps {
  roles: AppointedRole[];
  onAppoint: (role: AppointedRole, email: string, notify: boolean) => Promise<boolean>;
}

const roleWords: Record<AppointedRole, MessageId> = { moderator: 'staff.role.moderator', co_host: 'staff.role.coHost' };

function Appointment({ roles, onAppoint }: AppointmentProps) {
  const say = useText();
  const id = useId();
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<AppointedRole>('moderator');
  const [notify, setNotify] = useState(true);
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    if (await onAppoint(role, email.trim(), notify)) setEmail('');
    setBusy(false);
  };
  return (
    <form onSubmit={(event) => void submit(event)} aria-labelledby={id} data-testid="appoint-form">
      <h3 className={classes.title} id={id}>
        <Text id="staff.add" />
      </h3>
      <Stack gap="sm">
        <TextInput type="email" label={say('staff.email')} value={email} onChange={(event) => setEmail(event.currentTarget.value)} required withAsterisk={false} autoComplete="off" data-testid="staff-email" />
        <NativeSelect
          label={say('staff.role')}
          value={role}
          onChange={(event) => setRole(event.currentTarget.value as AppointedRole)}
          data={roles.map((each) => ({ value: each, label: say(roleWords[each]) }))}
          data-testid="staff-role"
        />
        <Switch label={say('staff.notify')} checked={notify} onChange={(event) => setNotify(event.currentTarget.checked)} />
        <Group>
          <Button type="submit" loading={isBusy} data-testid="appoint">
            <Text id="staff.submit" />
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
