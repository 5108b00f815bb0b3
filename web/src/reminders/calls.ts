import { queryOptions } from '@tanstack/react-query';
import { api, registerViewer } from '../api/client';
import { done, open } from '../api/envelope';
import { grantOf, type Identity } from '../api/identity';
import { keys } from '../api/queries';
import type { components } from '../api/schema';

export type Reminders = components['schemas']['ReminderStatusResponse'];

/** Hangs below the room, so that it is read again with it. */
const key = (roomId: string, identity: Identity) => [...keys.room(roomId), 'reminders', identity] as const;

export const reminders = (roomId: string, identity: Identity) =>
  queryOptions({
    queryKey: key(roomId, identity),
    queryFn: () => open(api(identity).GET('/rooms/{id}/reminders', { params: { path: { id: roomId } } })),
  });

/** By mail where the person has an address, else in the open page; in the language of the page. */
export const remind = (roomId: string, identity: Identity, language: string) =>
  open(
    api(identity).POST('/rooms/{id}/reminders', {
      params: { path: { id: roomId } },
      headers: { 'Accept-Language': language },
    }),
  );

export const forget = (roomId: string, identity: Identity) =>
  done(api(identity).DELETE('/rooms/{id}/reminders', { params: { path: { id: roomId } } }));

/** A viewer has an address from its beginning or never: one without becomes another, with the same name. */
export async function remindAt(email: string, name: string, roomId: string, language: string): Promise<Reminders> {
  const known = grantOf('viewer')?.user;
  await registerViewer(known?.display_name ?? known?.username ?? name, roomId, email);
  return remind(roomId, 'viewer', language);
}

export const stopMails = (token: string) =>
  done(api().POST('/unsubscribe/{token}', { params: { path: { token } } }));

/** Anybody may fetch it who may see the session; a link, since phones open it in their calendar. */
export const calendarOf = (sessionId: string) => `/api/v1/sessions/${sessionId}/calendar.ics`;
