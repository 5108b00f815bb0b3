import { Button, Group, Text as Words, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { Fault } from '../api/envelope';
import { Problem } from '../components/Problem';
import { type MessageId, Text, useText } from '../i18n/text';
import { keys, type Policy, save } from './calls';
import classes from './Terms.module.css';

/** Replaces the terms as a whole; who agreed to the earlier ones is asked again. */
export function TermsForm({ terms, etag }: { terms: Policy; etag: string | null }) {
  const say = useText();
  const cache = useQueryClient();
  const keep = useMutation({
    mutationFn: (said: { terms_url: string | null; text: string | null; version: string | null }) => save(said, etag),
    onSuccess: () => cache.invalidateQueries({ queryKey: keys.policy }),
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const said = (name: string) => (form.get(name) as string).trim() || null;
    keep.mutate({ terms_url: said('terms_url'), text: said('text'), version: said('version') });
  };
  const fault = keep.error instanceof Fault ? keep.error : null;
  const wrong = (name: string, words: MessageId) => (fault?.field(name) !== undefined ? say(words) : null);
  const isNamed = ['terms_url', 'text', 'version'].some((name) => fault?.field(name) !== undefined);
  return (
    <form onSubmit={submit} className={`lh-card ${classes.card}`} data-testid="terms-form">
      <TextInput name="terms_url" type="url" label={say('terms.url')} description={say('terms.url.hint')} defaultValue={terms.terms_url ?? ''} maxLength={2000} error={wrong('terms_url', 'terms.url.wrong')} data-testid="terms-url" />
      <Textarea name="text" label={say('terms.text')} description={say('terms.text.hint')} defaultValue={terms.text ?? ''} autosize minRows={6} maxRows={20} maxLength={20000} error={wrong('text', 'terms.text.wrong')} data-testid="terms-text" />
      <TextInput name="version" label={say('terms.version')} description={say('terms.version.hint')} maxLength={100} className={classes.version} error={wrong('version', 'terms.version.wrong')} data-testid="terms-new-version" />
      <Words size="sm" c="dimmed">
        <Text id="terms.asksAgain" />
      </Words>
      <Problem id={keep.isError && !isNamed ? (fault?.status === 409 ? 'terms.changed' : 'fault.notSaved') : null} testId="terms-problem" />
      <Group>
        <Button type="submit" loading={keep.isPending} data-testid="save-terms">
          <Text id="terms.save" />
        </Button>
      </Group>
    </form>
  );
}
