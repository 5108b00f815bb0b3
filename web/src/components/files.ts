import { api } from '../api/client';
import { open } from '../api/envelope';
import type { Identity } from '../api/identity';
import type { ChatFile } from '../realtime/events';

/** Opens a file of the chat in a tab of its own; its address is for this reader alone, and for a short time. */
export async function openFile(identity: Identity, file: ChatFile): Promise<void> {
  const { url } = await open(api(identity).GET('/assets/{id}', { params: { path: { id: file.id } } }));
  window.open(url, '_blank', 'noopener');
}

/** The body is the file itself, which the document calls a text of bytes. */
export function upload(sessionId: string, identity: Identity, file: File): Promise<ChatFile> {
  return open(
    api(identity).POST('/sessions/{id}/files', {
      params: { path: { id: sessionId }, query: { name: file.name } },
      headers: { 'Content-Type': file.type },
      body: file as unknown as string,
      bodySerializer: () => file,
    }),
  );
}
