import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/client';
import { open } from '../api/envelope';
import type { Identity } from '../api/identity';
import { keys } from '../api/queries';
import { pause } from '../media/pause';
import { type ChatLog, merge } from '../realtime/chat';
import { Outbox } from '../realtime/outbox';

/** The written log (patched by realtime events) and what is on its way. */
export function useChat(sessionId: string, identity: Identity, enabled: boolean) {
  const log = useQuery({
    queryKey: keys.chat(sessionId),
    queryFn: async ({ client }): Promise<ChatLog> => {
      const page = await open(
        api(identity).GET('/sessions/{id}/chat', { params: { path: { id: sessionId }, query: { limit: 50 } } }),
      );
      return merge(client.getQueryData<ChatLog>(keys.chat(sessionId)) ?? [], page.messages);
    },
    enabled,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const [outbox] = useState(
    () =>
      new Outbox({
        send: async ({ text, clientId, file }) => {
          await open(
            api(identity).POST('/sessions/{id}/chat', {
              params: { path: { id: sessionId } },
              body: { message: text, client_id: clientId, file_id: file?.id ?? null },
            }),
          );
        },
        wait: pause,
      }),
  );
  return { log: log.data ?? [], outbox };
}
