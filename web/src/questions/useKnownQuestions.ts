import { skipToken, useQuery } from '@tanstack/react-query';
import { keys } from '../api/queries';
import type { Questions } from '../realtime/questions';

const none: Questions = [];

/** What the hub, and this person's own calls, have told of questions. */
export function useKnownQuestions(sessionId: string): Questions {
  return useQuery<Questions>({ queryKey: keys.questions(sessionId), queryFn: skipToken }).data ?? none;
}
