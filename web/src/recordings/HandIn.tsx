import { FileInput, Modal, Select, Stack, Text as Words, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useIntl } from 'react-intl';
import { FormFoot } from '../components/FormFoot';
import { shortWhen, Text, useText } from '../i18n/text';
import { type Film, handIn, whyNot } from './film';
import { keys, sessionsFor } from './queries';
import { size } from './sizes';
import classes from './Recordings.module.css';

const SETTLED = 300; // ms without a key, before a search is asked

/** Takes a film from this computer, as a recording of one of the sessions. */
export function HandIn({ onClose }: { onClose: () => void }) {
  const say = useText();
  const intl = useIntl();
  const cache = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const [session, setSession] = useState<{ value: string; label: string } | null>(null);
  const [typed, setTyped] = useState('');
  const [share, setShare] = useState(0);
  const [search] = useDebouncedValue(typed === session?.label ? '' : typed.trim(), SETTLED);
  const found = useQuery(sessionsFor(search));
  const underWay = useRef<AbortController>(undefined);
  useEffect(() => () => underWay.current?.abort(), []);
  const send = useMutation({
    mutationFn: (film: Film) => {
      underWay.current = new AbortController();
      setShare(0);
      return handIn(film, setShare, underWay.current.signal);
    },
    onSuccess: async () => {
      onClose();
      await cache.invalidateQueries({ queryKey: keys.mine });
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const title = (new FormData(event.currentTarget).get('title') as string).trim();
    if (file !== null && session !== null) send.mutate({ sessionId: session.value, file, title });
  };
  const choices = (found.data?.sessions ?? []).map(({ id, title, scheduled_start_time: planned, created_at: made }) => ({ value: id, label: `${title} · ${shortWhen(intl, planned ?? made)}` }));
  const options = session === null || choices.some(({ value }) => value === session.value) ? choices : [session, ...choices];
  return (
    <Modal opened onClose={onClose} closeOnClickOutside={!send.isPending} title={<Text id="recordings.film.title" />} closeButtonProps={{ 'aria-label': say('action.close') }}>
      <form onSubmit={submit}>
        <Stack>
          <FileInput
            label={say('recordings.film.file')}
            description={say('recordings.film.hint')}
            placeholder={say('recordings.film.choose')}
            accept="video/mp4,.mp4"
            value={file}
            onChange={(chosen) => {
              send.reset();
              setFile(chosen);
            }}
            disabled={send.isPending}
            data-autofocus
            data-testid="film-file"
          />
          <Select
            label={say('recordings.film.session')}
            placeholder={say('recordings.film.session.choose')}
            nothingFoundMessage={found.isSuccess ? say('recordings.film.session.none') : undefined}
            data={options}
            value={session?.value ?? null}
            onChange={(value) => {
              send.reset();
              setSession(options.find((each) => each.value === value) ?? null);
            }}
            searchable
            searchValue={typed}
            onSearchChange={setTyped}
            filter={({ options: all }) => all}
            disabled={send.isPending}
            comboboxProps={{ withinPortal: false }}
            data-testid="film-session"
          />
          <TextInput name="title" label={say('recordings.film.name')} description={say('recordings.film.name.hint')} maxLength={255} disabled={send.isPending} data-testid="film-title" />
          {send.isPending && file !== null && (
            <div className={classes.sending}>
              <progress value={share} max={1} aria-label={say('recordings.film.progress')} data-testid="film-progress" />
              <Words size="sm" className="lh-figures">
                {share < 1 ? (
                  <Text id="recordings.film.sending" values={{ sent: size(intl, share * file.size), all: size(intl, file.size) }} />
                ) : (
                  <Text id="recordings.film.looking" />
                )}
              </Words>
            </div>
          )}
          <FormFoot
            problem={send.isError ? whyNot(send.error) : null}
            problemTestId="film-problem"
            submit="recordings.film.do"
            busy={send.isPending}
            disabled={file === null || session === null}
            testId="hand-in"
            onCancel={onClose}
          />
        </Stack>
      </form>
    </Modal>
  );
}
