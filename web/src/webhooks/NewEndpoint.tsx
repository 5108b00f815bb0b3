import { Checkbox, Modal, Radio, Stack, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../api/client';
import { Fault, open } from '../api/envelope';
import { FormFoot } from '../components/FormFoot';
import { Text, useText } from '../i18n/text';
import classes from './Hooks.module.css';
import { eventTypes, type Format, keys, type Made } from './queries';

const FORMATS: Format[] = ['live', 'meltingspot'];

/** Adds an endpoint: its address, in whose words it is told, and what it hears. */
export function NewEndpoint({ onMade, onClose }: { onMade: (made: Made) => void; onClose: () => void }) {
  const say = useText();
  const cache = useQueryClient();
  const known = useQuery(eventTypes());
  const [format, setFormat] = useState<Format>('live');
  const [hearsAll, setHearsAll] = useState(true);
  const [heard, setHeard] = useState<string[]>([]);
  const make = useMutation({
    mutationFn: (body: { url: string; description: string | null }) =>
      open(api().POST('/webhook-endpoints', { body: { ...body, format, event_types: hearsAll ? [] : heard, library_ids: [], enabled: true } })),
    onSuccess: (made) => {
      void cache.invalidateQueries({ queryKey: keys.all });
      onMade(made);
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const words = (form.get('description') as string).trim();
    make.mutate({ url: (form.get('url') as string).trim(), description: words === '' ? null : words });
  };
  const fault = make.error instanceof Fault ? make.error : null;
  return (
    <Modal opened onClose={onClose} size="lg" title={<Text id="hooks.new" />} closeButtonProps={{ 'aria-label': say('action.close') }}>
      <form onSubmit={submit}>
        <Stack>
          <TextInput name="url" type="url" label={say('hooks.url')} placeholder="https://example.org/hooks" required withAsterisk={false} maxLength={2000} data-autofocus error={fault?.field('url')} data-testid="endpoint-url" />
          <TextInput name="description" label={say('hooks.description')} maxLength={500} error={fault?.field('description')} />
          <Radio.Group
            value={format}
            onChange={(value) => {
              setFormat(value as Format);
              setHeard([]);
            }}
            label={say('hooks.format')}
          >
            <Stack gap="xs" mt="xs">
              {FORMATS.map((each) => (
                <Radio key={each} value={each} label={say(`hooks.format.${each}`)} data-testid={`format-${each}`} />
              ))}
            </Stack>
          </Radio.Group>
          <Checkbox checked={hearsAll} onChange={(event) => setHearsAll(event.currentTarget.checked)} label={say('hooks.all')} data-testid="hears-all" />
          {!hearsAll && (
            <Checkbox.Group value={heard} onChange={setHeard} label={say('hooks.events')}>
              <div className={classes.types}>
                {known.data
                  ?.filter((each) => each.format === format)
                  .map((each) => (
                    <Checkbox key={each.type} value={each.type} label={<span data-verbatim>{each.type}</span>} data-testid={`hears-${each.type}`} />
                  ))}
              </div>
            </Checkbox.Group>
          )}
          <FormFoot problem={make.isError ? 'fault.notSaved' : null} submit="hooks.make" busy={make.isPending} disabled={!hearsAll && heard.length === 0} testId="make-endpoint" onCancel={onClose} />
        </Stack>
      </form>
    </Modal>
  );
}
