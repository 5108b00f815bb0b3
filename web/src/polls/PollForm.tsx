import { ActionIcon, Button, Group, NativeSelect, Switch, Textarea, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { type FormEvent, type KeyboardEvent, useState } from 'react';
import { Text, useText } from '../i18n/text';
import type { Poll } from '../realtime/events';
import { PollProblem } from './PollProblem';
import classes from './Polls.module.css';
import type { NewPoll, Problem } from './usePolls';

const LONGEST_QUESTION = 500;
const LONGEST_OPTION = 200;
const FEWEST = 2;
const MOST = 10;
const DURATIONS = [0, 30, 60, 120, 300] as const; // seconds; 0: until it is closed
const SHOW_RESULTS: Poll['show_results'][] = ['after_vote', 'always', 'after_close'];

interface PollFormProps {
  /** Whether it can be opened at once; else it is kept as a draft. */
  mayOpen: boolean;
  problem: Problem | null;
  onCreate: (poll: NewPoll) => Promise<void>;
  onCancel: () => void;
}

export function PollForm({ mayOpen, problem, onCreate, onCancel }: PollFormProps) {
  const say = useText();
  const [question, setQuestion] = useState('');
  const [options, setOptions] = useState<readonly string[]>(['', '']);
  const [multiple, setMultiple] = useState(false);
  const [anonymous, setAnonymous] = useState(true);
  const [showResults, setShowResults] = useState<Poll['show_results']>('after_vote');
  const [duration, setDuration] = useState(0);
  const [sending, setSending] = useState(false);
  const texts = options.map((text) => text.trim()).filter((text) => text !== '');
  const isRepeated = new Set(texts).size < texts.length;
  const isComplete = question.trim() !== '' && texts.length >= FEWEST && !isRepeated;

  const create = async (draft: boolean) => {
    setSending(true);
    await onCreate({
      question: question.trim(), options: texts, allow_multiple: multiple, anonymous, show_results: showResults,
      duration: duration === 0 ? null : duration, draft,
    });
    setSending(false);
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (isComplete) void create(!mayOpen);
  };
  return (
    <form className={classes.form} onSubmit={onSubmit} data-testid="poll-form">
      <Question text={question} onChange={setQuestion} />
      <Options options={options} onChange={setOptions} />
      {isRepeated && (
        <p className={classes.problem} role="alert">
          <Text id="polls.repeated" />
        </p>
      )}
      <Switch label={say('polls.multiple')} checked={multiple} onChange={(event) => setMultiple(event.currentTarget.checked)} />
      <Switch label={say('polls.anonymous')} description={say('polls.anonymous.text')} checked={anonymous} onChange={(event) => setAnonymous(event.currentTarget.checked)} />
      <NativeSelect
        label={say('polls.showResults')}
        value={showResults}
        onChange={(event) => setShowResults(event.currentTarget.value as Poll['show_results'])}
        data={SHOW_RESULTS.map((value) => ({ value, label: say('polls.showResults.when', { when: value }) }))}
        data-testid="poll-show-results"
      />
      <NativeSelect
        label={say('polls.duration')}
        value={duration}
        onChange={(event) => setDuration(Number(event.currentTarget.value))}
        data={DURATIONS.map((seconds) => ({ value: String(seconds), label: say('polls.duration.seconds', { seconds }) }))}
      />
      <PollProblem problem={problem} />
      <div className={classes.acts}>
        <Button type="submit" disabled={!isComplete} loading={sending} data-testid="create-poll">
          <Text id={mayOpen ? 'polls.open' : 'polls.saveDraft'} />
        </Button>
        {mayOpen && (
          <Button variant="default" disabled={!isComplete || sending} onClick={() => void create(true)} data-testid="save-draft">
            <Text id="polls.saveDraft" />
          </Button>
        )}
        <Button variant="subtle" color="gray" c="inherit" onClick={onCancel}>
          <Text id="action.cancel" />
        </Button>
      </div>
    </form>
  );
}

/** Grows with what is written; one paragraph, so Enter sends the form as in a single line. */
function Question({ text, onChange }: { text: string; onChange: (text: string) => void }) {
  const say = useText();
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key !== 'Enter' || event.nativeEvent.isComposing) return;
    event.preventDefault();
    event.currentTarget.form?.requestSubmit();
  };
  return (
    <Textarea
      // eslint-disable-next-line jsx-a11y/no-autofocus -- opened by the person who is about to write
      autoFocus
      autosize
      maxRows={8}
      label={say('polls.question')}
      value={text}
      onChange={(event) => onChange(event.currentTarget.value.replaceAll('\n', ' '))}
      onKeyDown={onKeyDown}
      maxLength={LONGEST_QUESTION}
      required
      data-testid="poll-question"
    />
  );
}

function Options({ options, onChange }: { options: readonly string[]; onChange: (options: readonly string[]) => void }) {
  const say = useText();
  return (
    <fieldset className={classes.fieldset}>
      <legend className={classes.legend}>
        <Text id="polls.options" />
      </legend>
      {options.map((text, at) => (
        <Group key={at} gap="xs" wrap="nowrap">
          <TextInput
            className={classes.option}
            aria-label={say('polls.option', { number: at + 1 })}
            placeholder={say('polls.option', { number: at + 1 })}
            value={text}
            onChange={(event) => onChange(options.with(at, event.currentTarget.value))}
            maxLength={LONGEST_OPTION}
            data-testid="poll-option-text"
          />
          {options.length > FEWEST && (
            <ActionIcon variant="subtle" color="gray" size={36} aria-label={say('polls.removeOption', { number: at + 1 })} onClick={() => onChange(options.toSpliced(at, 1))}>
              <IconX size={18} aria-hidden />
            </ActionIcon>
          )}
        </Group>
      ))}
      {options.length < MOST && (
        <Button variant="subtle" size="compact-sm" leftSection={<IconPlus size={16} aria-hidden />} className={classes.add} onClick={() => onChange([...options, ''])} data-testid="add-option">
          <Text id="polls.addOption" />
        </Button>
      )}
    </fieldset>
  );
}
