import { describe, expect, it } from 'vitest';
import { aQuestion, anEvent } from '../test/builders';
import type { EventType, LiveEvent, Payloads, Question, ToldQuestion } from './events';
import { withPending, withQuestionEvent, withTop } from './questions';

function question(id: string, change: Partial<Question> = {}): Question {
  return aQuestion({ id, text: id, ...change });
}

function told<T extends EventType>(type: T, data: Payloads[T]): LiveEvent {
  return anEvent(type, 1, data);
}

/** As everybody is told. */
function plain(asked: Question): ToldQuestion {
  const { id, session_id, user_id, username, role, text, state, is_anonymous, votes, pinned_at, created_at } = asked;
  return { id, session_id, user_id, username, role, text, state, is_anonymous, votes, pinned_at, created_at };
}

describe('questions', () => {
  it('leads with what is pinned, then with votes, then with age', () => {
    const top = [question('1'), question('2', { votes: 2 }), question('3', { pinned_at: '2026-03-01T18:01:00.000Z' })];
    expect(withTop([], top).map(({ id }) => id)).toEqual(['3', '2', '1']);
  });

  it('keeps what only this person knows when everybody is told', () => {
    const mine = question('1', { is_mine: true, my_vote: true, is_anonymous: true, state: 'pending' });
    const anonymous = plain(question('1', { user_id: null, username: null, role: null, is_anonymous: true }));
    const [found] = withQuestionEvent([mine], told('question.published', anonymous));
    expect(found).toMatchObject({ state: 'published', is_mine: true, my_vote: true, username: 'Ben' });
  });

  it('puts an answer beside the earlier ones, once', () => {
    const answer = { id: 'a', user_id: 'ada', username: 'Ada', role: 'host', text: 'So.', on_air_at: null, created_at: '2026-03-01T18:02:00.000Z' } as const;
    const event = told('question.answered', { ...plain(question('1', { state: 'answered' })), answer });
    const once = withQuestionEvent([question('1')], event);
    expect(withQuestionEvent(once, event)[0]?.answers).toEqual([answer]);
  });

  it('drops what is dismissed, save for who asked it', () => {
    const event = told('question.dismissed', { id: '1' });
    expect(withQuestionEvent([question('1')], event)).toEqual([]);
    expect(withQuestionEvent([question('1', { is_mine: true })], event)[0]?.state).toBe('dismissed');
    expect(withQuestionEvent([question('1', { is_mine: true })], told('question.deleted', { id: '1' }))).toEqual([]);
  });

  it('counts votes as they are gathered', () => {
    const found = withQuestionEvent([question('1'), question('2')], told('question.votes', { '2': 5 }));
    expect(found.map(({ id, votes }) => [id, votes])).toEqual([['2', 5], ['1', 0]]);
  });

  it('knows from the team’s channel all that wait', () => {
    const old = [question('1', { state: 'pending' }), question('2')];
    expect(withPending(old, [question('3', { state: 'pending' })]).map(({ id }) => id)).toEqual(['2', '3']);
  });
});
