import { Button, Group, Switch, Textarea, Title } from '@mantine/core';
import { IconMessageQuestion } from '@tabler/icons-react';
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { api } from '../api/client';
import { open } from '../api/envelope';
import { Empty } from '../components/states';
import { PanelWords } from '../i18n/PanelWords';
import { type MessageId, Text, useText } from '../i18n/text';
import type { Question } from '../realtime/events';
import { QuestionCard } from './QuestionCard';
import { QuestionProblem } from './QuestionProblem';
import classes from './Questions.module.css';
import { useKnownQuestions } from './useKnownQuestions';
import { problemOf, type Problem, useAllQuestions, useQuestionCalls } from './useQuestions';

const LONGEST_ANSWER = 2000; // characters

interface StudioQuestionsProps {
  sessionId: string;
  /** Whether the team looks at questions before all see them. */
  isModerated: boolean;
}

export default function StudioQuestions(props: StudioQuestionsProps) {
  return (
    <PanelWords>
      <Panel {...props} />
    </PanelWords>
  );
}

/** The team's view: what waits, what is open, what is answered. */
function Panel({ sessionId, isModerated }: StudioQuestionsProps) {
  useAllQuestions(sessionId, 'account');
  const questions = useKnownQuestions(sessionId);
  const of = (...states: Question['state'][]) => questions.filter(({ state }) => states.includes(state));
  const sections: [MessageId, Questions][] = [
    ['questions.pending', of('pending').sort((a, b) => a.id.localeCompare(b.id))],
    ['questions.published', of('published')],
    ['questions.answered', of('answered')],
  ];
  const isEmpty = sections.every(([, found]) => found.length === 0);
  return (
    <div className={classes.panel} data-testid="studio-questions">
      <ModerationSwitch sessionId={sessionId} isModerated={isModerated} />
      {isEmpty && <Empty title="questions.empty" text="questions.empty.studio" icon={<IconMessageQuestion size={28} stroke={1.6} />} />}
      {sections.map(
        ([title, found]) =>
          found.length > 0 && (
            <Section key={title} title={title} count={found.length}>
              {found.map((question) => (
                <StudioQuestion key={question.id} sessionId={sessionId} question={question} />
              ))}
            </Section>
          ),
      )}
    </div>
  );
}

type Questions = readonly Question[];

function Section({ title, count, children }: { title: MessageId; count: number; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className={classes.section}>
      <Title order={2} size="h5" id={id}>
        <Text id={title} /> <span className="lh-figures">({count})</span>
      </Title>
      {children}
    </section>
  );
}

function ModerationSwitch({ sessionId, isModerated }: StudioQuestionsProps) {
  const say = useText();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [wanted, setWanted] = useState<boolean | null>(null);
  const change = async (isOn: boolean) => {
    setWanted(isOn);
    setProblem(null);
    try {
      await open(api().PATCH('/sessions/{id}/settings', { params: { path: { id: sessionId } }, body: { question_moderation: isOn } }));
    } catch (error) {
      setProblem(problemOf(error));
      setWanted(null);
    }
  };
  return (
    <div>
      <Switch
        label={say('questions.moderation')}
        checked={wanted ?? isModerated}
        onChange={(event) => void change(event.currentTarget.checked)}
        data-testid="question-moderation"
      />
      <QuestionProblem problem={problem} />
    </div>
  );
}

function StudioQuestion({ sessionId, question }: { sessionId: string; question: Question }) {
  const say = useText();
  const calls = useQuestionCalls(sessionId, 'account');
  const [answering, setAnswering] = useState(false);
  const named = (id: MessageId) => `${say(id)}: ${question.text}`;
  return (
    <QuestionCard question={question} vote={null}>
      <QuestionProblem problem={calls.problem} />
      {answering ? (
        <AnswerForm
          onAnswer={async (text) => {
            if (await calls.answer(question, text)) setAnswering(false);
          }}
          onCancel={() => setAnswering(false)}
        />
      ) : (
        <Group gap="xs" className={classes.acts}>
          {question.state === 'pending' && (
            <Button size="compact-md" onClick={() => void calls.publish(question)} aria-label={named('questions.publish')} data-testid="publish-question">
              <Text id="questions.publish" />
            </Button>
          )}
          {question.state !== 'pending' && (
            <Button size="compact-md" variant="default" onClick={() => setAnswering(true)} aria-label={named('questions.answer')} data-testid="answer-question">
              <Text id="questions.answer" />
            </Button>
          )}
          {question.state === 'published' && (
            <Button size="compact-md" variant="default" onClick={() => void calls.answeredOnAir(question)} aria-label={named('questions.answerOnAir')} data-testid="answer-on-air">
              <Text id="questions.answerOnAir" />
            </Button>
          )}
          {question.state !== 'pending' && (
            <Button size="compact-md" variant="subtle" onClick={() => void calls.pin(question)} aria-label={named(question.pinned_at == null ? 'questions.pin' : 'questions.unpin')} data-testid="pin-question">
              <Text id={question.pinned_at == null ? 'questions.pin' : 'questions.unpin'} />
            </Button>
          )}
          {question.state !== 'answered' && (
            <Button size="compact-md" variant="subtle" color="gray" c="inherit" onClick={() => void calls.dismiss(question)} aria-label={named('questions.dismiss')} data-testid="dismiss-question">
              <Text id="questions.dismiss" />
            </Button>
          )}
        </Group>
      )}
    </QuestionCard>
  );
}

function AnswerForm({ onAnswer, onCancel }: { onAnswer: (text: string) => Promise<void>; onCancel: () => void }) {
  const say = useText();
  const [text, setText] = useState('');
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() !== '') void onAnswer(text.trim());
  };
  return (
    <form className={classes.form} onSubmit={onSubmit}>
      <Textarea label={say('questions.answer.text')} value={text} onChange={(event) => setText(event.currentTarget.value)} maxLength={LONGEST_ANSWER} autosize minRows={2} maxRows={8} data-testid="answer-text" />
      <Group gap="sm">
        <Button type="submit" disabled={text.trim() === ''} data-testid="send-answer">
          <Text id="questions.answer.send" />
        </Button>
        <Button variant="default" onClick={onCancel}>
          <Text id="action.cancel" />
        </Button>
      </Group>
    </form>
  );
}
