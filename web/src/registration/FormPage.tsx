import { Button, Group, NativeSelect, Switch, Text as Words, Textarea, TextInput, Title } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useParams } from 'react-router';
import { Fault } from '../api/envelope';
import { BackLink, Shell } from '../components/Shell';
import { FaultState, LoadingRows } from '../components/states';
import { languageNames, locales } from '../i18n/locale';
import { PanelWords } from '../i18n/PanelWords';
import { Text, useText } from '../i18n/text';
import { type Form, ownForm, registrationKeys, saveForm } from './calls';
import { draftOf, type FieldDraft, type FormDraft, newField, requestOf } from './draft';
import { FieldEditor } from './FieldEditor';
import classes from './Registrants.module.css';

/** The form of a room: who can and must register, and what they are asked. */
export default function FormPage() {
  return (
    <PanelWords>
      <Page />
    </PanelWords>
  );
}

function Page() {
  const { roomId = '' } = useParams();
  const form = useQuery({ ...ownForm(roomId), refetchOnWindowFocus: false });
  return (
    <Shell title="registrationForm.title">
      <BackLink to={`/rooms/${roomId}/registrations`} id="registrants.title" />
      <Title order={1} mt={4} mb="lg">
        <Text id="registrationForm.title" />
      </Title>
      {form.isPending && <LoadingRows rows={3} height={140} />}
      {form.isError && <FaultState error={form.error} retry={() => void form.refetch()} />}
      {form.data !== undefined && <Editor roomId={roomId} form={form.data} />}
    </Shell>
  );
}

function Editor({ roomId, form }: { roomId: string; form: Form }) {
  const say = useText();
  const cache = useQueryClient();
  const [draft, setDraft] = useState(() => draftOf(form));
  const save = useMutation({
    mutationFn: () => saveForm(roomId, requestOf(draft)),
    onSuccess: (saved) => {
      setDraft(draftOf(saved));
      void cache.invalidateQueries({ queryKey: registrationKeys.form(roomId) });
    },
  });
  const change = (part: Partial<FormDraft>) => {
    save.reset();
    setDraft((before) => ({ ...before, ...part }));
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    save.mutate();
  };
  const isOn = draft.mode !== 'none';
  return (
    <form onSubmit={submit} className={classes.form} data-testid="form-editor">
      <section className={`lh-card ${classes.card}`}>
        <NativeSelect
          label={say('registrationForm.mode')}
          value={draft.mode}
          onChange={(event) => change({ mode: event.currentTarget.value as FormDraft['mode'] })}
          data={[
            { value: 'none', label: say('registrationForm.mode.none') },
            { value: 'optional', label: say('registrationForm.mode.optional') },
            { value: 'required', label: say('registrationForm.mode.required') },
          ]}
          data-testid="form-mode"
        />
        {isOn && (
          <>
            <Switch label={say('registrationForm.approval')} description={say('registrationForm.approval.hint')} checked={draft.approval === 'manual'} onChange={(event) => change({ approval: event.currentTarget.checked ? 'manual' : 'auto' })} data-testid="form-approval" />
            <Switch label={say('registrationForm.confirm')} description={say('registrationForm.confirm.hint')} checked={draft.confirmAddress} onChange={(event) => change({ confirmAddress: event.currentTarget.checked })} />
            <div className={classes.pair}>
              <TextInput label={say('registrationForm.capacity')} description={say('registrationForm.capacity.hint')} type="number" min={1} max={10_000_000} value={draft.capacity} onChange={(event) => change({ capacity: event.currentTarget.value })} />
              <TextInput label={say('registrationForm.closes')} description={say('registrationForm.closes.hint')} type="datetime-local" value={draft.closesAt} onChange={(event) => change({ closesAt: event.currentTarget.value })} />
            </div>
          </>
        )}
      </section>
      {isOn && (
        <>
          <Fields fields={draft.fields} onChange={(fields) => change({ fields })} />
          <Consent consent={draft.consent} onChange={(consent) => change({ consent })} />
        </>
      )}
      <div role="status" aria-live="polite">
        {save.isError && (
          <Words c="var(--mantine-color-error)" size="sm" data-testid="form-problem">
            <Text id={save.error instanceof Fault && save.error.status === 422 ? 'registrationForm.wrong' : 'fault.notSaved'} />
          </Words>
        )}
        {save.isSuccess && (
          <Words size="sm" data-testid="form-saved">
            <Text id="registrationForm.saved" />
          </Words>
        )}
      </div>
      <Group>
        <Button type="submit" loading={save.isPending} data-testid="save-form">
          <Text id="registrationForm.save" />
        </Button>
      </Group>
    </form>
  );
}

function Fields({ fields, onChange }: { fields: FieldDraft[]; onChange: (fields: FieldDraft[]) => void }) {
  const put = (at: number, field: FieldDraft) => onChange(fields.map((each, place) => (place === at ? field : each)));
  const move = (at: number, by: -1 | 1) => {
    const moved = [...fields];
    moved.splice(at + by, 0, ...moved.splice(at, 1));
    onChange(moved);
  };
  return (
    <section>
      <Title order={2}>
        <Text id="registrationForm.fields" />
      </Title>
      <Words c="dimmed" mb="md">
        <Text id="registrationForm.fields.hint" />
      </Words>
      <ol className={classes.fields}>
        {fields.map((field, at) => (
          <FieldEditor
            key={field.key}
            field={field}
            onChange={(changed) => put(at, changed)}
            onRemove={() => onChange(fields.filter((_, place) => place !== at))}
            onUp={at > 0 ? () => move(at, -1) : null}
            onDown={at < fields.length - 1 ? () => move(at, 1) : null}
          />
        ))}
      </ol>
      <Button variant="default" mt="md" leftSection={<IconPlus size={18} aria-hidden />} onClick={() => onChange([...fields, newField()])} data-testid="add-field">
        <Text id="registrationForm.addField" />
      </Button>
    </section>
  );
}

function Consent({ consent, onChange }: { consent: FormDraft['consent']; onChange: (consent: FormDraft['consent']) => void }) {
  const say = useText();
  return (
    <section className={`lh-card ${classes.card}`}>
      <Title order={2}>
        <Text id="registrationForm.consent" />
      </Title>
      <Textarea label={say('registrationForm.consent.text')} description={say('registrationForm.consent.hint')} autosize minRows={2} maxRows={8} maxLength={5000} value={consent.text} onChange={(event) => onChange({ ...consent, text: event.currentTarget.value })} data-testid="consent-text" />
      {consent.text.trim() !== '' && (
        <>
          <TextInput label={say('registrationForm.consent.version')} description={say('registrationForm.consent.version.hint')} maxLength={100} value={consent.version} onChange={(event) => onChange({ ...consent, version: event.currentTarget.value })} />
          <Switch label={say('registrationForm.consent.required')} checked={consent.required} onChange={(event) => onChange({ ...consent, required: event.currentTarget.checked })} />
          <details>
            <summary>
              <Text id="registrationForm.languages" />
            </summary>
            {locales.map((locale) => (
              <Textarea key={locale} mt="sm" label={<span data-verbatim>{languageNames[locale]}</span>} autosize minRows={1} maxRows={6} maxLength={5000} value={consent.words[locale]} onChange={(event) => onChange({ ...consent, words: { ...consent.words, [locale]: event.currentTarget.value } })} />
            ))}
          </details>
        </>
      )}
    </section>
  );
}
