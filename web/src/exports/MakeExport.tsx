import { Button, NativeSelect } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Fault } from '../api/envelope';
import { grantOf } from '../api/identity';
import { Finder, type Found } from '../components/Finder';
import { Problem } from '../components/Problem';
import { type MessageId, Text, useText } from '../i18n/text';
import { useRooms, useSessions } from '../sessions/finding';
import { type Asked, type Format, formats, keys, type Kind, kinds, make } from './calls';
import classes from './Exports.module.css';
import { formatWords, kindWords } from './words';

type Source = 'session' | 'room';

/** Asks for a file: what is in it, of what, and how it is written. */
export function MakeExport() {
  const say = useText();
  const cache = useQueryClient();
  const isAdmin = grantOf('account')?.user.role === 'admin';
  const [kind, setKind] = useState<Kind>('attendance');
  const [source, setSource] = useState<Source>('session');
  const [format, setFormat] = useState<Format>('csv');
  const [session, setSession] = useState<Found | null>(null);
  const [room, setRoom] = useState<Found | null>(null);
  const ask = useMutation({ mutationFn: (body: Asked) => make(body), onSuccess: () => cache.invalidateQueries({ queryKey: keys.all }) });
  const isOfAll = kind === 'audit';
  const isOfRoom = kind === 'registrations' && source === 'room';
  const chosen = isOfRoom ? room : session;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isOfAll) ask.mutate({ kind, format });
    else if (chosen !== null) ask.mutate({ kind, format, ...(isOfRoom ? { room_id: chosen.value } : { session_id: chosen.value }) });
  };
  return (
    <form onSubmit={submit} className={`lh-card ${classes.make}`} data-testid="make-export">
      <NativeSelect
        label={say('exports.kind')}
        value={kind}
        onChange={(event) => {
          setKind(event.currentTarget.value as Kind);
          ask.reset();
        }}
        data={kinds.filter((each) => isAdmin || each !== 'audit').map((value) => ({ value, label: say(kindWords[value]) }))}
        data-testid="export-kind"
      />
      {kind === 'registrations' && (
        <NativeSelect
          label={say('exports.of')}
          value={source}
          onChange={(event) => setSource(event.currentTarget.value as Source)}
          data={[
            { value: 'session', label: say('exports.of.session') },
            { value: 'room', label: say('exports.of.room') },
          ]}
          data-testid="export-of"
        />
      )}
      {!isOfAll && !isOfRoom && <Finder label={say('exports.session')} chosen={session} onChoose={setSession} useFound={useSessions} testId="export-session" />}
      {isOfRoom && <Finder label={say('exports.room')} chosen={room} onChoose={setRoom} useFound={useRooms} testId="export-room" />}
      <NativeSelect
        label={say('exports.format')}
        value={format}
        onChange={(event) => setFormat(event.currentTarget.value as Format)}
        data={formats.map((value) => ({ value, label: say(formatWords[value]) }))}
        data-testid="export-format"
      />
      <Button type="submit" loading={ask.isPending} disabled={!isOfAll && chosen === null} data-testid="ask-export">
        <Text id="exports.make" />
      </Button>
      <div className={classes.problem}>
        <Problem id={ask.isError ? whyNot(ask.error) : null} testId="export-problem" />
      </div>
    </form>
  );
}

function whyNot(error: unknown): MessageId {
  if (!(error instanceof Fault)) return 'fault.notSaved';
  if (error.code === 'too_many_exports') return 'exports.tooMany';
  return error.status === 403 || error.status === 404 ? 'exports.refused' : 'fault.notSaved';
}
