import { Badge, Button, Group, Modal, Text as Words } from '@mantine/core';
import { IconStarFilled } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import listing from '../components/Listing.module.css';
import { Text, useText } from '../i18n/text';
import { change, keys, type Person, withdraw } from './calls';
import { roleWords, statusWords } from './words';

export function PersonRow({ sessionId, person, isOver }: { sessionId: string; person: Person; isOver: boolean }) {
  const say = useText();
  const name = `${person.first_name ?? ''} ${person.last_name ?? ''}`.trim() || (person.email ?? '');
  return (
    <li className={`lh-card ${listing.row}`} data-testid="person" data-role={person.role} data-status={person.status}>
      <div className={listing.who}>
        <Group gap="sm">
          <Words fw={600}>{name}</Words>
          {person.is_highlighted && <IconStarFilled size={16} aria-label={say('invited.highlighted')} role="img" />}
          <Badge variant="light" color="gray" tt="none" c="inherit">
            <Text id={roleWords[person.role]} />
          </Badge>
          <Words size="sm" c={person.status === 'accepted' ? 'var(--lh-accent-text)' : 'dimmed'} fw={550}>
            <Text id={statusWords[person.status]} />
          </Words>
        </Group>
        <Words size="sm" c="dimmed">
          {[person.title, person.email].filter((part) => part != null && part !== '').join(' · ')}
        </Words>
      </div>
      {person.session_id !== null && !isOver && <Deeds sessionId={sessionId} person={person} name={name} />}
    </li>
  );
}

function Deeds({ sessionId, person, name }: { sessionId: string; person: Person; name: string }) {
  const say = useText();
  const cache = useQueryClient();
  const [asks, setAsks] = useState(false);
  const act = useMutation({
    mutationFn: (deed: () => Promise<unknown>) => deed(),
    onSuccess: () => setAsks(false),
    onSettled: () => cache.invalidateQueries({ queryKey: keys.people(sessionId) }),
  });
  return (
    <Group gap="xs">
      {act.isError && (
        <Words size="sm" c="var(--mantine-color-error)" role="alert">
          <Text id="fault.notSaved" />
        </Words>
      )}
      {person.role === 'viewer' && (
        <Button
          size="compact-md"
          variant="default"
          onClick={() => act.mutate(() => change(sessionId, person.id, { role: 'speaker' }))}
          aria-label={say('invited.makeSpeaker.name', { name })}
          data-testid="make-speaker"
        >
          <Text id="invited.makeSpeaker" />
        </Button>
      )}
      {person.role === 'speaker' && (
        <Button
          size="compact-md"
          variant="default"
          onClick={() => act.mutate(() => change(sessionId, person.id, { is_highlighted: !person.is_highlighted }))}
          aria-label={say(person.is_highlighted ? 'invited.lower.name' : 'invited.highlight.name', { name })}
          data-testid="highlight"
        >
          <Text id={person.is_highlighted ? 'invited.lower' : 'invited.highlight'} />
        </Button>
      )}
      <Button
        size="compact-md"
        variant="subtle"
        color="gray"
        c="inherit"
        onClick={() => setAsks(true)}
        aria-label={say('invited.withdraw.name', { name })}
        data-testid="withdraw"
      >
        <Text id="invited.withdraw" />
      </Button>
      <Modal opened={asks} onClose={() => setAsks(false)} title={say('invited.withdraw.name', { name })} closeButtonProps={{ 'aria-label': say('action.close') }}>
        <Words>
          <Text id="invited.withdraw.text" />
        </Words>
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={() => setAsks(false)}>
            <Text id="action.cancel" />
          </Button>
          <Button color="red" loading={act.isPending} onClick={() => act.mutate(() => withdraw(sessionId, person.id))} data-testid="confirm-withdraw">
            <Text id="invited.withdraw" />
          </Button>
        </Group>
      </Modal>
    </Group>
  );
}
