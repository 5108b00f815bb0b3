import type { LiveEvent, Question, ToldQuestion } from './events';

/** Questions that this browser knows: public ones, one's own, and for the team those that wait; the most wanted first. */
export type Questions = readonly Question[];

export function isPublic({ state }: Pick<Question, 'state'>): boolean {
  return state === 'published' || state === 'answered';
}

/** What is pinned leads, the last pin first; then votes, then age. Ids are UUIDv7. */
function inOrder(questions: Iterable<Question>): Questions {
  return [...questions].sort(
    (a, b) => (b.pinned_at ?? '').localeCompare(a.pinned_at ?? '') || b.votes - a.votes || a.id.localeCompare(b.id),
  );
}

/** An answer of the server takes the place of what was known. */
export function withQuestion(questions: Questions, question: Question): Questions {
  return inOrder([...questions.filter(({ id }) => id !== question.id), question]);
}

export function withAll(questions: Questions, found: Questions): Questions {
  const ids = new Set(found.map(({ id }) => id));
  return inOrder([...questions.filter(({ id }) => !ids.has(id)), ...found]);
}

export function without(questions: Questions, id: string): Questions {
  return questions.filter((each) => each.id !== id);
}

/** What a subscription begins with knows the most wanted; others may be gone by now, and are read again. */
export function withTop(questions: Questions, top: Questions): Questions {
  return withAll(questions.filter((each) => !isPublic(each)), top.map((each) => withNames(questions, each)));
}

/** What the team's channel begins with knows all that wait. */
export function withPending(questions: Questions, pending: Questions): Questions {
  return withAll(questions.filter(({ state }) => state !== 'pending'), pending);
}

export function withQuestionEvent(questions: Questions, event: LiveEvent): Questions {
  switch (event.type) {
    case 'question.asked':
    case 'question.updated':
    case 'question.published':
      return withTold(questions, event.data);
    case 'question.answered': {
      const { answer, ...told } = event.data;
      const known = questions.find(({ id }) => id === told.id);
      const answers = known?.answers ?? [];
      return withTold(questions, told, answers.some(({ id }) => id === answer.id) ? answers : [...answers, answer]);
    }
    case 'question.dismissed':
      // For all but who asked it, it is gone.
      return questions.flatMap((each) => (each.id !== event.data.id ? [each] : each.is_mine ? [{ ...each, state: 'dismissed', pinned_at: null }] : []));
    case 'question.deleted':
      return without(questions, event.data.id);
    case 'question.votes':
      return inOrder(questions.map((each) => ({ ...each, votes: event.data[each.id] ?? each.votes })));
    default:
      return questions;
  }
}

/** What everybody is told knows nobody's vote, and no name of who asks anonymously: what is known stays. */
function withTold(questions: Questions, told: ToldQuestion, answers?: Question['answers']): Questions {
  const known = questions.find(({ id }) => id === told.id);
  const question = {
    ...told,
    my_vote: known?.my_vote ?? false,
    is_mine: known?.is_mine ?? false,
    answers: answers ?? known?.answers ?? [],
  };
  return withQuestion(questions, withNames(questions, question));
}

function withNames(questions: Questions, question: Question): Question {
  const known = questions.find(({ id }) => id === question.id);
  if (question.username !== null || known === undefined) return question;
  return { ...question, user_id: known.user_id, username: known.username, role: known.role };
}
