import { Button, Group, NativeSelect, Switch, Textarea, TextInput } from '@mantine/core';
import { languageNames, type Locale, locales } from '../i18n/locale';
import { type MessageId, Text, useText } from '../i18n/text';
import type { FieldDraft, Kind } from './draft';
import classes from './Registrants.module.css';

const kinds: Record<Kind, MessageId> = {
  text: 'registrationForm.kind.text',
  choice: 'registrationForm.kind.choice',
  checkbox: 'registrationForm.kind.checkbox',
  country: 'registrationForm.kind.country',
  hidden: 'registrationForm.kind.hidden',
};

interface FieldEditorProps {
  field: FieldDraft;
  onChange: (field: FieldDraft) => void;
  onRemove: () => void;
  onUp: (() => void) | null;
  onDown: (() => void) | null;
}

export function FieldEditor({ field, onChange, onRemove, onUp, onDown }: FieldEditorProps) {
  const say = useText();
  const name = field.label.trim() || say('registrationForm.newField');
  const change = (part: Partial<FieldDraft>) => onChange({ ...field, ...part });
  return (
    <li className={`lh-card ${classes.field}`} data-testid="form-field">
      <div className={classes.pair}>
        <TextInput label={say('registrationForm.label')} required withAsterisk={false} maxLength={300} value={field.label} onChange={(event) => change({ label: event.currentTarget.value })} data-testid="field-label" />
        <NativeSelect
          label={say('registrationForm.kind')}
          value={field.kind}
          onChange={(event) => change({ kind: event.currentTarget.value as Kind })}
          data={Object.entries(kinds).map(([value, id]) => ({ value, label: say(id) }))}
          data-testid="field-kind"
        />
      </div>
      {field.kind === 'choice' && (
        <Textarea label={say('registrationForm.options')} description={say('registrationForm.options.hint')} required withAsterisk={false} autosize minRows={2} maxRows={10} value={field.options} onChange={(event) => change({ options: event.currentTarget.value })} data-testid="field-options" />
      )}
      {field.kind !== 'hidden' && <Switch label={say('registrationForm.required')} checked={field.required} onChange={(event) => change({ required: event.currentTarget.checked })} data-testid="field-required" />}
      {field.kind !== 'hidden' && (
        <details>
          <summary>
            <Text id="registrationForm.languages" />
          </summary>
          {locales.map((locale) => (
            <Wording key={locale} locale={locale} field={field} onChange={onChange} />
          ))}
        </details>
      )}
      <Group gap="xs">
        {onUp !== null && (
          <Button variant="default" size="compact-md" onClick={onUp} aria-label={say('registrationForm.up.name', { name })}>
            <Text id="registrationForm.up" />
          </Button>
        )}
        {onDown !== null && (
          <Button variant="default" size="compact-md" onClick={onDown} aria-label={say('registrationForm.down.name', { name })}>
            <Text id="registrationForm.down" />
          </Button>
        )}
        <Button variant="subtle" color="gray" c="inherit" size="compact-md" onClick={onRemove} aria-label={say('registrationForm.remove.name', { name })} data-testid="remove-field">
          <Text id="registrationForm.remove" />
        </Button>
      </Group>
    </li>
  );
}

function Wording({ locale, field, onChange }: { locale: Locale; field: FieldDraft; onChange: (field: FieldDraft) => void }) {
  const say = useText();
  const words = field.words[locale];
  const language = languageNames[locale];
  const put = (part: Partial<typeof words>) => onChange({ ...field, words: { ...field.words, [locale]: { ...words, ...part } } });
  return (
    <div className={classes.pair}>
      <TextInput mt="sm" label={say('registrationForm.label.in', { language })} maxLength={300} value={words.label} onChange={(event) => put({ label: event.currentTarget.value })} />
      {field.kind === 'choice' && <Textarea mt="sm" label={say('registrationForm.options.in', { language })} autosize minRows={1} maxRows={10} value={words.options} onChange={(event) => put({ options: event.currentTarget.value })} />}
    </div>
  );
}
