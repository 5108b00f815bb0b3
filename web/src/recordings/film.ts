import { api } from '../api/client';
import { Fault, open, Unreachable } from '../api/envelope';
import type { Recording } from '../api/queries';
import { sent } from '../api/sending';
import type { MessageId } from '../i18n/text';

export interface Film {
  sessionId: string;
  file: File;
  /** Empty: that of the session. */
  title: string;
}

/** Hands a film in. `onSent`: from 0 to 1, as it goes; from 1 on the server looks at it. Throws as `open`. */
export function handIn({ sessionId, file, title }: Film, onSent: (share: number) => void, signal: AbortSignal): Promise<Recording> {
  return open(
    api().POST('/recordings', {
      params: { query: { session_id: sessionId, ...(title !== '' && { title }) } },
      headers: { 'Content-Type': 'application/octet-stream' },
      body: file as unknown as string,
      bodySerializer: () => file,
      fetch: (request) => sent(request, file, onSent, signal),
    }),
  );
}

const looked: Record<string, MessageId> = {
  unreadable: 'recordings.film.unreadable',
  incomplete: 'recordings.film.incomplete',
  no_tracks: 'recordings.film.noTracks',
  codec: 'recordings.film.codec',
  too_long: 'recordings.film.tooLong',
};
const refused: Record<number, MessageId> = {
  402: 'recordings.film.quota',
  403: 'recordings.film.forbidden',
  409: 'recordings.film.cancelled',
  413: 'recordings.film.tooLarge',
  503: 'recordings.film.noRoom',
};

/** Why a film was not taken. */
export function whyNot(error: unknown): MessageId {
  if (error instanceof Unreachable) return 'recordings.film.brokeOff';
  if (!(error instanceof Fault)) return 'fault.notSaved';
  const detail = error.details.find(({ field }) => field === 'content');
  return looked[detail?.code ?? ''] ?? refused[error.status] ?? 'fault.notSaved';
}
