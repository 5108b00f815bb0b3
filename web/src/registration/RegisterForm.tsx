import '@mantine/core/styles/InlineInput.css';
import '@mantine/core/styles/Checkbox.css';
import { Button, Checkbox, NativeSelect, Text as Words, Textarea, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { useIntl } from 'react-intl';
import { useSearchParams } from 'react-router';
import { Fault } from '../api/envelope';
import { type MessageId, Text, useText } from '../i18n/text';
import { type Form, type FormField, register, type Registered, type Registering } from './calls';
import classes from './Registration.module.css';
import { Terms } from './Terms';
import { countries, inLanguage, labelOf, optionsOf } from './words';

interface RegisterFormProps {
  roomId: string;
  sessionId: string | null;
  form: Form;
  onDone: (registered: Registered) => void;
  /** The host changed the form, or the last place went, while it was filled in. */
  onStale: () => void;
}

const LONGEST = 2000; // characters of an answer

export function RegisterForm({ roomId, sessionId, form, onDone, onStale }: RegisterFormProps) {
  const say = useText();
  const { locale } = useIntl();
  const [query] = useSearchParams();
  const send = useMutation({
    mutationFn: (body: Registering) => register(roomId, sessionId, body),
    onSuccess: onDone,
    onError: (error) => {
      if (error instanceof Fault && (error.status === 409 || hasChanged(error))) onStale();
    },
  });
  const fault = send.error instanceof Fault ? send.error : null;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    send.mutate(bodyOf(new FormData(event.currentTarget), form, query, locale));
  };
  const shown = form.fields.filter((field) => field.kind !== 'hidden');
  return (
    <form onSubmit={submit} className={`lh-card ${classes.form}`} data-testid="registration-form">
      {form.places_left != null && (
        <Words c="dimmed" size="sm">
          <Text id="registration.placesLeft" values={{ count: form.places_left }} />
        </Words>
      )}
      <div className={classes.pair}>
        <TextInput name="first_name" label={say('registration.firstName')} required withAsterisk={false} maxLength={100} autoComplete="given-name" error={problemOf(fault, 'first_name', say)} />
        <TextInput name="last_name" label={say('registration.lastName')} required withAsterisk={false} maxLength={100} autoComplete="family-name" error={problemOf(fault, 'last_name', say)} />
      </div>
      <TextInput name="email" type="email" label={say('registration.email')} description={say('registration.email.hint')} required withAsterisk={false} maxLength={254} autoComplete="email" error={problemOf(fault, 'email', say)} />
      {shown.map((field) => (
        <Answer key={field.id} field={field} language={locale} problem={problemOf(fault, `answers.${field.id}`, say)} />
      ))}
      {form.terms !== null && <Terms terms={form.terms} />}
      {form.consent != null && (
        <Checkbox
          name="consent"
          label={<span className={classes.consent}>{inLanguage(form.consent.translations, locale) ?? form.consent.text}</span>}
          required={form.consent.required ?? true}
          error={problemOf(fault, 'consent.accepted', say)}
          data-testid="consent"
        />
      )}
      {send.isError && (
        <p className={classes.problem} role="alert">
          <Text id={wordsOf(fault)} />
        </p>
      )}
      <Button type="submit" size="md" loading={send.isPending} data-testid="register">
        <Text id="registration.submit" />
      </Button>
    </form>
  );
}

function Answer({ field, language, problem }: { field: FormField; language: string; problem: string | false }) {
  const say = useText();
  const label = field.required === true || field.kind === 'checkbox' ? labelOf(field, language) : say('registration.optional', { label: labelOf(field, language) });
  const common = { name: `answer.${field.id}`, label, error: problem, required: field.required ?? false, withAsterisk: false };
  if (field.kind === 'checkbox') return <Checkbox {...{ name: common.name, label, error: problem, required: common.required }} />;
  if (field.kind === 'text') return <Textarea {...common} autosize minRows={1} maxRows={6} maxLength={LONGEST} />;
  const options = field.kind === 'country' ? countries(language) : optionsOf(field, language);
  return <NativeSelect {...common} data={[{ value: '', label: say('registration.choose') }, ...options]} {...(field.kind === 'country' && { autoComplete: 'country' })} />;
}

function bodyOf(data: FormData, form: Form, query: URLSearchParams, language: string): Registering {
  const text = (name: string) => ((data.get(name) as string | null) ?? '').trim();
  const answers: Record<string, string | boolean> = {};
  for (const { id, kind } of form.fields) {
    if (kind === 'checkbox') answers[id] = data.has(`answer.${id}`);
    else answers[id] = kind === 'hidden' ? (query.get(id) ?? '').slice(0, LONGEST) : text(`answer.${id}`);
  }
  const source = Object.fromEntries([...query].filter(([name]) => name.startsWith('utm_')).slice(0, 10).map(([name, value]) => [name.slice(0, 50), value.slice(0, 500)]));
  return {
    email: text('email'),
    first_name: text('first_name'),
    last_name: text('last_name'),
    answers,
    source,
    language,
    ...(form.consent != null && { consent: { accepted: data.has('consent'), version: form.consent.version, terms_version: form.terms?.version ?? null } }),
  };
}

/** They read another text, or other terms, than hold by now. */
const hasChanged = (fault: Fault) => fault.field('consent.version') !== undefined || fault.field('consent.terms_version') !== undefined;

/** The server's word about a field, in ours: it writes for developers. */
function problemOf(fault: Fault | null, field: string, say: (id: MessageId) => string): string | false {
  return fault?.field(field) !== undefined && say('registration.check');
}

function wordsOf(fault: Fault | null): MessageId {
  if (fault === null) return 'fault.unreachable.text';
  if (fault.code === 'registration_full') return 'registration.full';
  if (fault.code === 'registration_closed') return 'registration.closed';
  if (hasChanged(fault)) return 'registration.consentChanged';
  return fault.status < 500 ? 'registration.problem' : 'fault.other.text';
}
