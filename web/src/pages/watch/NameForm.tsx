import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { registerViewer } from '../../api/client';
import { Fault } from '../../api/envelope';
import { grantOf } from '../../api/identity';
import { type MessageId, Text, useText } from '../../i18n/text';
import classes from './Watch.module.css';

/** The only question the audience is asked, and only once on this device. */
export function NameForm({ roomId, submit }: { roomId: string; submit: MessageId }) {
  const say = useText();
  const account = grantOf('account');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<MessageId | null>(null);
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const name = new FormData(event.currentTarget).get('name');
    if (typeof name !== 'string' || name.trim() === '') return;
    setBusy(true);
    setProblem(null);
    registerViewer(name.trim(), roomId).catch((error: unknown) => {
      setProblem(error instanceof Fault && error.status < 500 ? 'name.refused' : 'fault.unreachable.text');
      setBusy(false);
    });
  };
  return (
    <form onSubmit={onSubmit} className={classes.name}>
      <TextInput
        name="name"
        label={say('name.label')}
        description={say(account === null ? 'name.hint' : 'name.hintStaff')}
        defaultValue={account?.user.display_name ?? ''}
        required
        withAsterisk={false}
        maxLength={100}
        autoComplete="nickname"
        size="md"
        error={problem !== null && say(problem)}
        data-testid="viewer-name"
      />
      <Button type="submit" size="md" loading={busy} data-testid="enter">
        <Text id={submit} />
      </Button>
    </form>
  );
}
