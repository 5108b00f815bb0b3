import { queryOptions } from '@tanstack/react-query';
import { api } from '../api/client';
import { done, open } from '../api/envelope';
import type { components } from '../api/schema';

type Schemas = components['schemas'];
export type Form = Schemas['RegistrationFormResponse'];
export type FormField = Form['fields'][number];
export type FormRequest = Schemas['RegistrationFormRequest'];
export type Registration = Schemas['RegistrationResponse'];
export type Status = Registration['status'];
export type Presence = Registration['presence'];
export type Registering = Schemas['RegisterRequest'];
export type Registered = Schemas['RegisteredResponse'];
export type TermsShown = Schemas['TermsShown'];
export type OwnConsent = Schemas['OwnConsentResponse'];
export type Own = Schemas['OwnRegistrationResponse'];

export const PAGE = 20;
const ALL_AT_ONCE = 100; // the contract's largest page
const OFTEN = 5_000; // ms; who comes and goes is not told by events of the room

const keys = {
  form: (roomId: string) => ['registration', roomId, 'form'] as const,
  list: (roomId: string) => ['registration', roomId, 'list'] as const,
  own: (token: string) => ['registration', 'own', token] as const,
};
export { keys as registrationKeys };

export interface Wanted {
  search: string;
  status: Status | '';
  presence: Presence | '';
  page: number;
}

export const form = (roomId: string) =>
  queryOptions({
    queryKey: keys.form(roomId),
    queryFn: () => open(api('viewer').GET('/rooms/{id}/registration', { params: { path: { id: roomId } } })),
  });

/** As the host sees it, also of a private room. */
export const ownForm = (roomId: string) =>
  queryOptions({
    queryKey: [...keys.form(roomId), 'host'],
    queryFn: () => open(api().GET('/rooms/{id}/registration', { params: { path: { id: roomId } } })),
  });

export const saveForm = (roomId: string, body: FormRequest) =>
  open(api().PUT('/rooms/{id}/registration', { params: { path: { id: roomId } }, body }));

export const register = (roomId: string, sessionId: string | null, body: Registering) =>
  sessionId === null
    ? open(api('viewer').POST('/rooms/{id}/registrations', { params: { path: { id: roomId } }, body }))
    : open(api('viewer').POST('/sessions/{id}/registrations', { params: { path: { id: sessionId } }, body }));

/** The end of a personal link goes into a header: addresses stand in logs. */
const by = (token: string) => ({ 'X-Access-Token': token });

export const own = (token: string) =>
  queryOptions({
    queryKey: keys.own(token),
    queryFn: () => open(api('viewer').GET('/registrations/self', { headers: by(token) })),
  });

/** What they agreed to, and what they would agree to today. */
export const ownConsent = (token: string) =>
  queryOptions({
    queryKey: [...keys.own(token), 'consent'],
    queryFn: () => open(api('viewer').GET('/registrations/self/consent', { headers: by(token) })),
  });

/** To what was shown to them. */
export const agreeAgain = (token: string, { present, terms }: OwnConsent) =>
  open(
    api('viewer').PUT('/registrations/self/consent', {
      headers: by(token),
      body: { accepted: true, version: present?.version ?? null, terms_version: terms?.version ?? null },
    }),
  );

export const cancelOwn = (token: string) => done(api('viewer').DELETE('/registrations/self', { headers: by(token) }));

/** The planned sessions as a calendar file. */
export async function ownCalendar(token: string): Promise<string> {
  const answer = await api('viewer').GET('/registrations/self/calendar.ics', { headers: by(token), parseAs: 'text' });
  if (!answer.response.ok) throw new Error(`no calendar: ${answer.response.status}`);
  return answer.data as string;
}

const queryOf = ({ search, status, presence, page }: Wanted, limit: number) => ({
  search,
  page,
  limit,
  ...(status !== '' && { status }),
  ...(presence !== '' && { presence }),
});

export const list = (roomId: string, wanted: Wanted) =>
  queryOptions({
    queryKey: [...keys.list(roomId), wanted],
    queryFn: () => open(api().GET('/rooms/{id}/registrations', { params: { path: { id: roomId }, query: queryOf(wanted, PAGE) } })),
    refetchInterval: OFTEN,
    placeholderData: (earlier) => earlier,
  });

/** Everybody whom these filters show, page by page. */
export async function everybody(roomId: string, wanted: Wanted): Promise<Registration[]> {
  const found: Registration[] = [];
  for (let page = 1; ; page += 1) {
    const query = { ...queryOf({ ...wanted, page }, ALL_AT_ONCE), sort: 'registered_at' as const };
    const part = await open(api().GET('/rooms/{id}/registrations', { params: { path: { id: roomId }, query } }));
    found.push(...part.registrations);
    if (page >= part.pagination.total_pages) return found;
  }
}

const about = (id: string) => ({ params: { path: { id } } });
export const approve = (id: string) => open(api().POST('/registrations/{id}/approve', about(id)));
export const deny = (id: string) => open(api().POST('/registrations/{id}/deny', { ...about(id), body: { notify: true } }));
export const resend = (id: string) => open(api().POST('/registrations/{id}/resend', about(id)));
export const correct = (id: string, body: Schemas['UpdateRegistrationRequest']) => open(api().PATCH('/registrations/{id}', { ...about(id), body }));
export const cancel = (id: string) => done(api().DELETE('/registrations/{id}', about(id)));
export const linkOf = async (id: string) => (await open(api().GET('/registrations/{id}', about(id)))).access_link ?? '';

export const importPeople = (roomId: string, csv: string, dryRun: boolean, notify: boolean) =>
  open(
    api().POST('/rooms/{id}/registrations/import', {
      params: { path: { id: roomId } },
      body: { csv, dry_run: dryRun, notify },
    }),
  );
