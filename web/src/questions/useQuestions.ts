import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/client';
import { done, Fault, open } from '../api/envelope';
import type { Identity } from '../api/identity';
import { keys } from '../api/queries';
import type { Question } from '../realtime/events';
import { type Questions, withAll, without, withQuestion } from '../realtime/questions';

const PAGE = 100; // the contract's largest page

/** Why a call failed: what to say about it. */
export type Problem = 'soon' | 'late' | 'unreachable' | 'refused';

export function problemOf(error: unknown): Problem {
  if (!(error instanceof Fault)) return 'unreachable';
  if (error.code === 'rate_limited') return 'soon';
  return error.code === 'invalid_state' || error.code === 'not_found' ? 'late' : 'refused';
}

/** Reads what the hub does not tell: one's own that wait, and those below the most wanted. */
export function useAllQuestions(sessionId: string, identity: Identity) {
  const cache = useQueryClient();
  return useQuery({
    queryKey: [...keys.allQuestions(sessionId), identity],
    queryFn: async () => {
      const path = { id: sessionId };
      const page = await open(api(identity).GET('/sessions/{id}/questions', { params: { path, query: { limit: PAGE } } }));
      cache.setQueryData<Questions>(keys.questions(sessionId), (questions) => withAll(questions ?? [], page.questions));
      return page.pagination.total;
    },
    refetchOnMount: 'always',
  });
}

/** Calls about questions: their answer takes the place of what was known. */
export function useQuestionCalls(sessionId: string, identity: Identity) {
  const cache = useQueryClient();
  const [problem, setProblem] = useState<Problem | null>(null);
  const client = api(identity);

  async function attempt(call: () => Promise<(questions: Questions) => Questions>): Promise<boolean> {
    setProblem(null);
    try {
      const change = await call();
      cache.setQueryData<Questions>(keys.questions(sessionId), (questions) => change(questions ?? []));
      return true;
    } catch (error) {
      setProblem(problemOf(error));
      return false;
    }
  }
  const call = (answer: Promise<Question>) =>
    attempt(async () => {
      const question = await answer;
      return (questions) => withQuestion(questions, question);
    });

  const at = (question: Question) => ({ params: { path: { id: sessionId, question_id: question.id } } });
  return {
    problem,
    ask: (text: string, isAnonymous: boolean) =>
      call(open(client.POST('/sessions/{id}/questions', { params: { path: { id: sessionId } }, body: { text, is_anonymous: isAnonymous } }))),
    correct: (question: Question, text: string) => call(open(client.PATCH('/sessions/{id}/questions/{question_id}', { ...at(question), body: { text } }))),
    takeBack: (question: Question) =>
      attempt(async () => {
        await done(client.DELETE('/sessions/{id}/questions/{question_id}', at(question)));
        return (questions) => without(questions, question.id);
      }),
    vote: (question: Question) =>
      call(
        open(
          question.my_vote
            ? client.DELETE('/sessions/{id}/questions/{question_id}/vote', at(question))
            : client.PUT('/sessions/{id}/questions/{question_id}/vote', at(question)),
        ),
      ),
    publish: (question: Question) => call(open(client.POST('/sessions/{id}/questions/{question_id}/publish', at(question)))),
    dismiss: (question: Question) => call(open(client.POST('/sessions/{id}/questions/{question_id}/dismiss', at(question)))),
    answer: (question: Question, text: string) => call(open(client.POST('/sessions/{id}/questions/{question_id}/answer', { ...at(question), body: { text } }))),
    answeredOnAir: (question: Question) => call(open(client.POST('/sessions/{id}/questions/{question_id}/answer', { ...at(question), body: { on_air: true } }))),
    pin: (question: Question) =>
      call(open(client.PUT('/sessions/{id}/questions/{question_id}/pin', { ...at(question), body: { pinned: question.pinned_at == null } }))),
  };
}

export type QuestionCalls = ReturnType<typeof useQuestionCalls>;
