import type { Form, Registered, Registration } from './calls';

const at = '2026-03-01T18:00:00.000Z';

/** What the gallery shows. */
export const form: Form = {
  room_id: '0197-room',
  mode: 'required',
  approval: 'manual',
  capacity: 50,
  closes_at: null,
  confirm_address: false,
  is_open: true,
  places_left: 3,
  fields: [
    { id: 'topic', kind: 'choice', label: 'Which topic', required: true, options: [{ value: 'prices', label: 'Prices' }] },
    { id: 'roadmap', kind: 'text', label: 'Roadmap' },
    { id: 'slides', kind: 'checkbox', label: 'Send me the slides' },
  ],
  consent: { text: 'Welcome: we keep what you write here for this evening.', version: '1' },
  terms: { terms_url: 'https://example.org/terms', text: 'Welcome: what is said here stays for a year.', version: '1' },
};

const grace: Registration = {
  id: '0197-grace',
  room_id: '0197-room',
  session_id: null,
  status: 'pending',
  email: 'grace@example.org',
  first_name: 'Grace',
  last_name: 'Hopper',
  display_name: null,
  external_id: null,
  answers: { topic: 'prices', slides: true },
  consent: { accepted: true, version: '1', terms_version: null, at, is_outdated: true },
  source: {},
  language: 'en',
  presence: 'absent',
  first_seen_at: null,
  access_link: null,
  registered_at: at,
  updated_at: at,
  revision: 1,
};

export const registrations = {
  pending: grace,
  present: { ...grace, id: '0197-ada', first_name: 'Ada', last_name: 'Lovelace', status: 'approved', presence: 'present', first_seen_at: at },
  cancelled: { ...grace, id: '0197-linus', first_name: 'Linus', last_name: 'Pauling', status: 'cancelled', presence: 'attended', first_seen_at: at },
} satisfies Record<string, Registration>;

const done: Registered = {
  id: '0197-grace',
  room_id: '0197-room',
  session_id: null,
  status: 'approved',
  email: 'grace@example.org',
  first_name: 'Grace',
  last_name: 'Hopper',
  external_id: null,
  access_link: 'https://hall.example/registered#token',
  registered_at: at,
};

export const registered = {
  approved: done,
  pending: { ...done, status: 'pending' },
  byMail: { ...done, access_link: null, id: null, registered_at: null },
} satisfies Record<string, Registered>;
