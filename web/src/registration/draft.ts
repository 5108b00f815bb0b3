import { type Locale, locales } from '../i18n/locale';
import type { Form, FormField, FormRequest } from './calls';

export type Kind = FormField['kind'];

/** A field as it is edited: options are lines, in every language in the same order. */
export interface FieldDraft {
  key: string; // for lists on screen only
  id: string | null; // null: made from the label when it is saved
  kind: Kind;
  label: string;
  required: boolean;
  options: string;
  words: Record<Locale, { label: string; options: string }>;
}

export interface FormDraft {
  mode: Form['mode'];
  approval: Form['approval'];
  capacity: string;
  closesAt: string; // of a datetime-local input, in the reader's zone
  confirmAddress: boolean;
  fields: FieldDraft[];
  consent: { text: string; version: string; required: boolean; words: Record<Locale, string> };
}

let made = 0;
const newKey = () => `field-${(made += 1)}`;
const everyLanguage = <T>(make: (locale: Locale) => T) => Object.fromEntries(locales.map((locale) => [locale, make(locale)])) as Record<Locale, T>;

export const newField = (): FieldDraft => ({
  key: newKey(),
  id: null,
  kind: 'text',
  label: '',
  required: false,
  options: '',
  words: everyLanguage(() => ({ label: '', options: '' })),
});

export function draftOf(form: Form): FormDraft {
  return {
    mode: form.mode,
    approval: form.approval,
    capacity: form.capacity == null ? '' : String(form.capacity),
    closesAt: form.closes_at == null ? '' : localTime(new Date(form.closes_at)),
    confirmAddress: form.confirm_address,
    fields: form.fields.map(fieldDraftOf),
    consent: {
      text: form.consent?.text ?? '',
      version: form.consent?.version ?? '1',
      required: form.consent?.required ?? true,
      words: everyLanguage((locale) => form.consent?.translations?.[locale] ?? ''),
    },
  };
}

function fieldDraftOf(field: FormField): FieldDraft {
  const options = field.options ?? [];
  return {
    key: newKey(),
    id: field.id,
    kind: field.kind,
    label: field.label,
    required: field.required ?? false,
    options: options.map(({ value, label }) => (value === valueOf(label) ? label : `${label} = ${value}`)).join('\n'),
    words: everyLanguage((locale) => {
      const words = field.translations?.[locale];
      return { label: words?.label ?? '', options: words === undefined ? '' : options.map(({ value }) => words.options?.[value] ?? '').join('\n') };
    }),
  };
}

export function requestOf(draft: FormDraft): FormRequest {
  const taken = new Set(draft.fields.flatMap(({ id }) => (id === null ? [] : [id])));
  const consent = draft.consent.text.trim();
  return {
    mode: draft.mode,
    approval: draft.approval,
    capacity: draft.capacity.trim() === '' ? null : Number(draft.capacity),
    closes_at: draft.closesAt === '' ? null : new Date(draft.closesAt).toISOString(),
    confirm_address: draft.confirmAddress,
    fields: draft.fields.map((field) => fieldOf(field, taken)),
    consent:
      consent === ''
        ? null
        : {
            text: consent,
            version: draft.consent.version.trim() || '1',
            required: draft.consent.required,
            translations: Object.fromEntries(Object.entries(draft.consent.words).filter(([, text]) => text.trim() !== '')),
          },
  };
}

function fieldOf(field: FieldDraft, taken: Set<string>): FormField {
  const options = field.kind === 'choice' ? linesOf(field.options).map(optionOf) : [];
  const translations = Object.entries(field.words).flatMap(([locale, words]) => {
    if (words.label.trim() === '') return [];
    const labels = words.options.split('\n').map((line) => line.trim());
    const translated = options.flatMap(({ value }, at) => (labels[at] ? [[value, labels[at]]] : []));
    return [[locale, { label: words.label.trim(), options: Object.fromEntries(translated) }]];
  });
  return {
    id: field.id ?? idOf(field.label, taken),
    kind: field.kind,
    label: field.label.trim(),
    required: field.kind !== 'hidden' && field.required,
    options,
    translations: Object.fromEntries(translations),
  };
}

const linesOf = (text: string) => text.split('\n').map((line) => line.trim()).filter((line) => line !== '');

/** `Label`, or `Label = value` where the stored value is another one. */
function optionOf(line: string): { value: string; label: string } {
  const at = line.lastIndexOf(' = ');
  return at < 0 ? { label: line, value: valueOf(line) } : { label: line.slice(0, at).trim(), value: line.slice(at + 3).trim() };
}

const valueOf = (label: string) => label.slice(0, 200);

/** A short name from the label that no other field has. */
function idOf(label: string, taken: Set<string>): string {
  const plain = label.normalize('NFKD').toLowerCase().replace(/[^a-z0-9]+/g, '_').replace(/^[^a-z]+|_+$/g, '').slice(0, 30) || 'field';
  let id = plain;
  for (let number = 2; taken.has(id); number += 1) id = `${plain}_${number}`;
  taken.add(id);
  return id;
}

function localTime(date: Date): string {
  const shifted = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}
