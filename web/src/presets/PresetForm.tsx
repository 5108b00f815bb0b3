import { Button, Group, NativeSelect, Switch, Text as Words, TextInput } from '@mantine/core';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { Fault } from '../api/envelope';
import { type MessageId, Text, useText } from '../i18n/text';
import type { Library } from '../libraries/queries';
import { type Draft, type Faults, faultsOf, GROUPS } from './form';
import { PresetProblem } from './PresetProblem';
import classes from './Presets.module.css';
import { SwitchGroup } from './SwitchGroup';

interface PresetFormProps {
  /** Where it begins; not looked at again. */
  start: Draft;
  /** Where a new one may stand; absent for one that stands already. */
  shelves?: readonly Library[];
  submit: MessageId;
  isBusy: boolean;
  isSaved?: boolean;
  isReadOnly?: boolean;
  problem: unknown;
  onChange?: () => void;
  /** `libraryId` is empty for a personal one. */
  onSubmit: (draft: Draft, libraryId: string) => void;
}

export function PresetForm({ start, shelves, submit, isBusy, isSaved = false, isReadOnly = false, problem, onChange, onSubmit }: PresetFormProps) {
  const say = useText();
  const [draft, setDraft] = useState(start);
  const [libraryId, setLibraryId] = useState('');
  const [faults, setFaults] = useState<Faults>({});
  const form = useRef<HTMLFormElement>(null);
  // The form is longer than a screen: what is wrong comes into view.
  useEffect(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus(), [faults, problem]);
  const change = (part: Partial<Draft>) => {
    setDraft({ ...draft, ...part });
    onChange?.();
  };
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const found = faultsOf(draft);
    setFaults(found);
    if (Object.keys(found).length === 0) onSubmit(draft, libraryId);
  };
  const refused = problem instanceof Fault ? problem.field('name') : undefined;
  const isTaken = problem instanceof Fault && problem.code === 'conflict';
  return (
    <form ref={form} onSubmit={send} className={classes.form} data-testid="preset-form">
      {isReadOnly && (
        <Words c="dimmed">
          <Text id="presets.readOnly" />
        </Words>
      )}
      <fieldset disabled={isReadOnly} className={classes.plain}>
        <div className={`lh-card ${classes.card}`}>
          <TextInput
            label={say('presets.name')}
            value={draft.name}
            onChange={(event) => change({ name: event.currentTarget.value })}
            required
            withAsterisk={false}
            maxLength={120}
            error={refused ?? (isTaken ? say('presets.taken') : undefined)}
            data-testid="preset-name"
          />
          {shelves !== undefined && shelves.length > 0 && (
            <NativeSelect
              label={say('presets.for')}
              value={libraryId}
              onChange={(event) => setLibraryId(event.currentTarget.value)}
              data={[
                { value: '', label: say('presets.for.me') },
                ...shelves.map(({ id, name }) => ({ value: id, label: say('presets.for.library', { library: name }) })),
              ]}
            />
          )}
          {!start.isDefault && (
            <Switch
              label={say('presets.isDefault')}
              description={say('presets.default.text')}
              checked={draft.isDefault}
              onChange={(event) => change({ isDefault: event.currentTarget.checked })}
              data-testid="preset-default"
            />
          )}
        </div>
        {GROUPS.map((group) => (
          <SwitchGroup key={group.id} group={group} switches={draft.switches} onChange={(switches) => change({ switches })}>
            {group.id === 'onstage' && (
              <TextInput
                label={say('presets.limit')}
                description={say('presets.limit.text')}
                value={draft.limit}
                onChange={(event) => change({ limit: event.currentTarget.value })}
                inputMode="numeric"
                disabled={!draft.switches.stage_enabled}
                error={faults.limit && say(faults.limit)}
                className={classes.short ?? ''}
                data-testid="stage-limit"
              />
            )}
          </SwitchGroup>
        ))}
        <Encoder type={draft.type} onChange={(type) => change({ type })} />
        <Looks draft={draft} faults={faults} onChange={change} />
      </fieldset>
      <PresetProblem problem={isTaken || refused !== undefined ? null : problem} />
      {!isReadOnly && (
        <Group className={classes.foot}>
          <Button type="submit" loading={isBusy} data-testid="save-preset">
            <Text id={submit} />
          </Button>
          <Words size="sm" role="status" data-testid="preset-saved">
            {isSaved && <Text id="presets.saved" />}
          </Words>
        </Group>
      )}
    </form>
  );
}

function Encoder({ type, onChange }: { type: Draft['type']; onChange: (type: Draft['type']) => void }) {
  const say = useText();
  return (
    <fieldset className={`lh-card ${classes.card}`}>
      <legend className={classes.legend}>
        <Text id="presets.encoder" />
      </legend>
      <NativeSelect
        label={say('presets.type')}
        description={say('presets.type.text')}
        value={type}
        onChange={(event) => onChange(event.currentTarget.value as Draft['type'])}
        data={[
          { value: 'whip', label: 'WHIP' },
          { value: 'rtmp', label: 'RTMP' },
        ]}
      />
    </fieldset>
  );
}

function Looks({ draft, faults, onChange }: { draft: Draft; faults: Faults; onChange: (part: Partial<Draft>) => void }) {
  const say = useText();
  const isSix = /^#[0-9a-f]{6}$/i.test(draft.colour);
  return (
    <fieldset className={`lh-card ${classes.card}`}>
      <legend className={classes.legend}>
        <Text id="presets.looks" />
      </legend>
      <Words size="sm" c="dimmed">
        <Text id="presets.looks.text" />
      </Words>
      <div className={classes.fields}>
        <TextInput
          label={say('presets.colour')}
          description={say('presets.colour.text')}
          value={draft.colour}
          onChange={(event) => onChange({ colour: event.currentTarget.value })}
          error={faults.colour && say(faults.colour)}
          maxLength={32}
          rightSection={
            <input
              type="color"
              className={classes.swatch}
              aria-label={say('presets.colour.pick')}
              value={isSix ? draft.colour : '#0b5f63'}
              onChange={(event) => onChange({ colour: event.currentTarget.value })}
            />
          }
        />
        <TextInput
          label={say('presets.logo')}
          type="text"
          inputMode="url"
          value={draft.logo}
          onChange={(event) => onChange({ logo: event.currentTarget.value })}
          error={faults.logo && say(faults.logo)}
          maxLength={2048}
        />
        <TextInput
          label={say('presets.logoTarget')}
          inputMode="url"
          value={draft.logoTarget}
          onChange={(event) => onChange({ logoTarget: event.currentTarget.value })}
          error={faults.logoTarget && say(faults.logoTarget)}
          maxLength={2048}
        />
      </div>
    </fieldset>
  );
}
