import { Button, FileInput, Group, Modal, Stack, Switch, Text as Words } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Fault } from '../api/envelope';
import { Text, useText } from '../i18n/text';
import { importPeople, registrationKeys } from './calls';
import classes from './Registrants.module.css';

/** A file of people is looked through first; only then are they registered. */
export function ImportDialog({ roomId, onClose }: { roomId: string; onClose: () => void }) {
  const say = useText();
  const cache = useQueryClient();
  const [csv, setCsv] = useState<string | null>(null);
  const [notify, setNotify] = useState(true);
  const look = useMutation({ mutationFn: (text: string) => importPeople(roomId, text, true, false) });
  const take = useMutation({
    mutationFn: (text: string) => importPeople(roomId, text, false, notify),
    onSuccess: () => cache.invalidateQueries({ queryKey: registrationKeys.list(roomId) }),
  });
  const choose = (file: File | null) => {
    look.reset();
    setCsv(null);
    void file?.text().then((text) => {
      setCsv(text);
      look.mutate(text);
    });
  };
  const report = take.data ?? look.data;
  const error = take.error ?? look.error;
  const refused = (report?.lines ?? []).filter((line) => line.outcome === 'refused');
  const willCome = report === undefined ? 0 : report.created + report.renewed;
  return (
    <Modal opened onClose={onClose} title={say('registrants.import')} closeButtonProps={{ 'aria-label': say('action.close') }}>
      <Stack>
        <FileInput label={say('registrants.import.file')} description={say('registrants.import.hint')} placeholder={say('registrants.import.choose')} accept=".csv,text/csv" onChange={choose} disabled={take.isSuccess} data-autofocus data-testid="import-file" />
        {report !== undefined && (
          <div role="status" data-testid="import-report" data-done={take.isSuccess}>
            <Words>
              <Text id={take.isSuccess ? 'registrants.import.done' : 'registrants.import.report'} values={{ count: willCome, unchanged: report.unchanged, refused: report.refused }} />
            </Words>
            {refused.length > 0 && (
              <ul className={classes.refused} aria-label={say('registrants.import.refused')}>
                {refused.map((line) => (
                  <li key={line.line}>
                    <Text id="registrants.import.line" values={{ line: line.line, email: line.email, problem: line.problem ?? '' }} />
                  </li>
                ))}
              </ul>
            )}
          </div>
        )}
        {error !== null && (
          <Words c="var(--mantine-color-error)" size="sm" role="alert">
            {error instanceof Fault && error.field('csv') !== undefined ? error.field('csv') : <Text id="fault.notSaved" />}
          </Words>
        )}
        {!take.isSuccess && <Switch label={say('registrants.import.notify')} checked={notify} onChange={(event) => setNotify(event.currentTarget.checked)} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            <Text id={take.isSuccess ? 'action.close' : 'action.cancel'} />
          </Button>
          {!take.isSuccess && (
            <Button disabled={csv === null || willCome === 0} loading={take.isPending || look.isPending} onClick={() => csv !== null && take.mutate(csv)} data-testid="import-now">
              <Text id="registrants.import.now" values={{ count: willCome }} />
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}
