import '@mantine/core/styles/InlineInput.css';
import '@mantine/core/styles/Checkbox.css';
import { Button, Checkbox, Group, Textarea } from '@mantine/core';
import { IconMessageQuestion } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import type { Identity } from '../api/identity';
import { Empty } from '../components/states';
import { PanelWords } from '../i18n/PanelWords';
import { Text, useText } from '../i18n/text';
import type { Question } from '../realtime/events';
import { QuestionCard } from './QuestionCard';
import { QuestionProblem } from './QuestionProblem';
import classes from './Questions.module.css';
import { useKnownQuestions } from './useKnownQuestions';
import { type QuestionCalls, useAllQuestions, useQuestionCalls } from './useQuestions';

const LONGEST = 1000; // characters

interface AudienceQuestionsProps {
  sessionId: string;
  identity: Identity;
  may: Record<string, boolean>;
  isModerated: boolean;
}

export default function AudienceQuestions(props: AudienceQuestionsProps) {
  return (
    <PanelWords>
      <Panel {...props} />
    </PanelWords>
  );
}

/** What the audience asks: everybody's questions, and one's own whatever became of them. */
function Panel({ sessionId, identity, may, isModerated }: AudienceQuestionsProps) {
  useAllQuestions(sessionId, identity);
  const questions = useKnownQuestions(sessionId);
  const calls = useQuestionCalls(sessionId, identity);
  return (
    <div className={classes.panel} data-testid="audience-questions">
      {may['question.ask'] === true && <AskForm calls={calls} mayHide={may['question.anonymous'] === true} isModerated={isModerated} />}
      <QuestionProblem problem={calls.problem} />
      {questions.length === 0 && <Empty title="questions.empty" text="questions.empty.audience" icon={<IconMessageQuestion size={28} stroke={1.6} />} />}
      {questions.map((question) => (
        <QuestionCard key={question.id} question={question} vote={may['question.vote'] === true ? () => void calls.vote(question) : null}>
          {question.is_mine && <Own question={question} calls={calls} />}
        </QuestionCard>
      ))}
    </div>
  );
}

interface AskFormProps {
  calls: QuestionCalls;
  mayHide: boolean;
  isModerated: boolean;
}

function AskForm({ calls, mayHide, isModerated }: AskFormProps) {
  const say = useText();
  const [text, setText] = useState('');
  const [isHidden, setHidden] = useState(false);
  const [sending, setSending] = useState(false);
  const onSubmit = async (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() === '') return;
    setSending(true);
    if (await calls.ask(text.trim(), isHidden && mayHide)) setText('');
    setSending(false);
  };
  return (
    <form className={classes.form} onSubmit={(event) => void onSubmit(event)} data-testid="ask-form">
      <Textarea
        label={say('questions.ask')}
        description={isModerated ? say('questions.ask.moderated') : undefined}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        maxLength={LONGEST}
        autosize
        minRows={2}
        maxRows={6}
        data-testid="ask-text"
      />
      {mayHide && (
        <Checkbox
          label={say('questions.hideName')}
          description={say('questions.hideName.text')}
          checked={isHidden}
          onChange={(event) => setHidden(event.currentTarget.checked)}
          data-testid="ask-anonymous"
        />
      )}
      <Button type="submit" disabled={text.trim() === ''} loading={sending} className={classes.submit} data-testid="ask">
        <Text id="questions.ask.send" />
      </Button>
    </form>
  );
}

/** What one may do about a question of one's own. */
function Own({ question, calls }: { question: Question; calls: QuestionCalls }) {
  const [text, setText] = useState<string | null>(null);
  const say = useText();
  if (question.state === 'dismissed') return null;
  if (text !== null) {
    const save = async (event: FormEvent) => {
      event.preventDefault();
      if (await calls.correct(question, text.trim())) setText(null);
    };
    return (
      <form className={classes.form} onSubmit={(event) => void save(event)}>
        <Textarea aria-label={say('questions.correct')} value={text} onChange={(event) => setText(event.currentTarget.value)} maxLength={LONGEST} autosize minRows={2} maxRows={6} data-testid="correct-text" />
        <Group gap="sm">
          <Button type="submit" disabled={text.trim() === ''}>
            <Text id="questions.save" />
          </Button>
          <Button variant="default" onClick={() => setText(null)}>
            <Text id="action.cancel" />
          </Button>
        </Group>
      </form>
    );
  }
  return (
    <Group gap="xs" className={classes.acts}>
      {question.state === 'pending' && (
        <Button variant="subtle" size="compact-md" onClick={() => setText(question.text)} data-testid="correct-question">
          <Text id="questions.correct" />
        </Button>
      )}
      <Button variant="subtle" color="gray" c="inherit" size="compact-md" onClick={() => void calls.takeBack(question)} data-testid="take-back">
        <Text id="questions.takeBack" />
      </Button>
    </Group>
  );
}
