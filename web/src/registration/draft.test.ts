import { expect, it } from 'vitest';
import type { Form } from './calls';
import { draftOf, newField, requestOf } from './draft';

const form: Form = {
  room_id: '1',
  mode: 'required',
  approval: 'manual',
  capacity: 5,
  closes_at: '2026-06-01T10:30:00.000Z',
  confirm_address: true,
  is_open: true,
  places_left: 5,
  fields: [
    {
      id: 'diet',
      kind: 'choice',
      label: 'Food',
      required: true,
      options: [
        { value: 'veg', label: 'Vegetarian' },
        { value: 'Anything', label: 'Anything' },
      ],
      translations: { de: { label: 'Essen', options: { veg: 'Vegetarisch' } } },
    },
  ],
  terms: null,
  consent: { text: 'We keep it.', version: '2', required: false, translations: { fr: 'Nous le gardons.' } },
};

it('gives back a form as it was when nothing is changed', () => {
  const { room_id, is_open, places_left, terms, ...said } = form;
  expect([room_id, is_open, places_left, terms]).toEqual(['1', true, 5, null]);
  expect(requestOf(draftOf(form))).toEqual(said);
});

it('names new fields by their labels, each by another name', () => {
  const draft = { ...draftOf(form), fields: [...draftOf(form).fields, ...['Diet', 'Größe!', '42'].map((label) => ({ ...newField(), label }))] };
  expect(requestOf(draft).fields?.map(({ id }) => id)).toEqual(['diet', 'diet_2', 'gro_e', 'field']);
});
