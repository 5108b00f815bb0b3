import { FileInput, Modal, Stack, Text as Words, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useIntl } from 'react-intl';
import { Confirm } from '../components/Confirm';
import { Finder, type Found } from '../components/Finder';
import { FormFoot } from '../components/FormFoot';
import { Text, useText } from '../i18n/text';
import { useSessions } from '../sessions/finding';
import { type Film, handIn, whyNot } from './film';
import { keys } from './queries';
import { size } from './sizes';
import classes from './Recordings.module.css';

/** Takes a film from this computer, as a recording of one of the sessions. */
export function HandIn({ onClose }: { onClose: () => void }) {
  const say = useText();
  const intl = useIntl();
  const cache = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const [session, setSession] = useState<Found | null>(null);
  const [share, setShare] = useState(0);
  const [leaving, setLeaving] = useState(false);
  const underWay = useRef<AbortController>(undefined);
  useEffect(() => () => underWay.current?.abort(), []);
  const send = useMutation({
    mutationFn: (film: Film) => {
      underWay.current = new AbortController();
      setShare(0);
      setLeaving(false);
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
  return (
    <Modal opened onClose={onClose} closeOnClickOutside={!send.isPending} closeOnEscape={!send.isPending} withCloseButton={!send.isPending} title={<Text id="recordings.film.title" />} closeButtonProps={{ 'aria-label': say('action.close') }}>
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
          <Finder
            label={say('recordings.film.session')}
            chosen={session}
            onChoose={(found) => {
              send.reset();
              setSession(found);
            }}
            useFound={useSessions}
            disabled={send.isPending}
            testId="film-session"
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
            onCancel={() => (send.isPending ? setLeaving(true) : onClose())}
          />
        </Stack>
      </form>
      {leaving && send.isPending && (
        <Confirm
          title="recordings.film.stop.ask"
          text="recordings.film.stop.text"
          yes="recordings.film.stop.yes"
          act={() => Promise.resolve()}
          onDone={onClose}
          onClose={() => setLeaving(false)}
        />
      )}
    </Modal>
  );
}
