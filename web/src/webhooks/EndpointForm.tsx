import { Checkbox, Modal, Radio, Stack, Text as Words, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { Fault } from '../api/envelope';
import { FormFoot } from '../components/FormFoot';
import { type MessageId, Text, useText } from '../i18n/text';
import { EventChoice } from './EventChoice';
import classes from './Hooks.module.css';
import type { Endpoint, Format, Said } from './queries';

const FORMATS: Format[] = ['live', 'meltingspot'];

interface EndpointFormProps {
  title: MessageId;
  submit: MessageId;
  testId: string;
  /** One that is there, to change; its format stays. */
  endpoint?: Endpoint;
  saving: { isPending: boolean; isError: boolean; error: unknown };
  onSave: (said: Said) => void;
  onClose: () => void;
}

/** Where an endpoint is, in whose words it is told, and what it hears. */
export function EndpointForm({ title, submit, testId, endpoint, saving, onSave, onClose }: EndpointFormProps) {
  const say = useText();
  const [format, setFormat] = useState<Format>(endpoint?.format ?? 'live');
  const [heard, setHeard] = useState(endpoint?.event_types ?? []);
  const [hearsAll, setHearsAll] = useState(heard.length === 0);
  const fault = saving.error instanceof Fault ? saving.error : null;
  const save = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => (form.get(name) as string).trim();
    onSave({ url: text('url'), description: text('description') || null, format, event_types: hearsAll ? [] : heard });
  };
  return (
    <Modal opened onClose={onClose} size="lg" title={<Text id={title} />} closeButtonProps={{ 'aria-label': say('action.close') }}>
      <form onSubmit={save}>
        <Stack>
          <TextInput name="url" type="url" label={say('hooks.url')} defaultValue={endpoint?.url} placeholder="https://example.org/hooks" required withAsterisk={false} maxLength={2000} data-autofocus error={fault?.field('url')} data-testid="endpoint-url" />
          <TextInput name="description" label={say('hooks.description')} defaultValue={endpoint?.description ?? ''} maxLength={500} error={fault?.field('description')} data-testid="endpoint-description" />
          {endpoint === undefined ? (
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
          ) : (
            <Words size="sm" c="dimmed">
              <Text id="hooks.format.stays" values={{ format: say(`hooks.format.${endpoint.format}`) }} />
            </Words>
          )}
          <Checkbox checked={hearsAll} onChange={(event) => setHearsAll(event.currentTarget.checked)} label={say('hooks.all')} data-testid="hears-all" />
          {!hearsAll && <EventChoice format={format} heard={heard} onChange={setHeard} />}
          <div className={classes.foot}>
            <FormFoot problem={saving.isError ? 'fault.notSaved' : null} submit={submit} busy={saving.isPending} disabled={!hearsAll && heard.length === 0} testId={testId} onCancel={onClose} />
          </div>
        </Stack>
      </form>
    </Modal>
  );
}
