import { Alert, Button, PasswordInput, Stack, Text as Words, TextInput, Title } from '@mantine/core';
import { type FormEvent, useEffect, useState } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import { exchangeCode, signIn } from '../api/client';
import { Fault } from '../api/envelope';
import { grantOf } from '../api/identity';
import { Mark } from '../components/Mark';
import { LanguageMenu, useTitle } from '../components/Shell';
import { LoadingPage } from '../components/states';
import { type MessageId, Text, useText } from '../i18n/text';
import '../theme/hostPages';
import { useOneTimeCode } from './oneTimeCode';
import classes from './SignInPage.module.css';

export default function SignInPage() {
  useTitle('signIn.title');
  const code = useOneTimeCode();
  const [problem, setProblem] = useState<MessageId | null>(null);
  const [checking, setChecking] = useState(code !== null);
  const go = useWayOn();

  useEffect(() => {
    if (code === null) {
      if (grantOf('account') !== null) go();
      return;
    }
    exchangeCode(code)
      .then(go)
      .catch((error: unknown) => {
        setProblem(problemWithCode(error));
        setChecking(false);
      });
  }, [code, go]);

  if (checking) return <LoadingPage />;
  return (
    <main className={classes.page}>
      <div className={classes.language}>
        <LanguageMenu />
      </div>
      <div className={classes.box}>
        <Mark size={44} />
        <div>
          <Title order={1}>
            <Text id="signIn.title" />
          </Title>
          <Words c="dimmed" mt={4}>
            <Text id="signIn.lead" />
          </Words>
        </div>
        {problem !== null && (
          <Alert color="signal" role="alert" title={<Text id="signIn.failed" />}>
            <Text id={problem} />
          </Alert>
        )}
        <SignInForm onDone={go} onProblem={setProblem} />
      </div>
    </main>
  );
}

function SignInForm({ onDone, onProblem }: { onDone: () => void; onProblem: (problem: MessageId | null) => void }) {
  const say = useText();
  const [busy, setBusy] = useState(false);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    onProblem(null);
    signIn(text(form, 'email').trim(), text(form, 'password'))
      .then(onDone)
      .catch((error: unknown) => {
        onProblem(problemWithPassword(error));
        setBusy(false);
      });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <TextInput name="email" type="email" label={say('signIn.email')} autoComplete="username" required withAsterisk={false} size="md" />
        <PasswordInput
          name="password"
          label={say('signIn.password')}
          autoComplete="current-password"
          required
          withAsterisk={false}
          size="md"
          visibilityToggleButtonProps={{ 'aria-label': say('signIn.showPassword') }}
        />
        <Button type="submit" size="md" loading={busy} fullWidth>
          <Text id="signIn.submit" />
        </Button>
      </Stack>
    </form>
  );
}

function text(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
}

/** To the page that asked for a sign-in, if it is one of ours. */
function useWayOn(): () => void {
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const asked = search.get('redirect');
  const [go] = useState(() => () => void navigate(ownPath(asked), { replace: true }));
  return go;
}

export function ownPath(asked: string | null): string {
  if (asked === null) return '/rooms';
  const address = new URL(asked, window.location.origin);
  return address.origin === window.location.origin ? address.pathname + address.search + address.hash : '/rooms';
}

function problemWithPassword(error: unknown): MessageId {
  if (!(error instanceof Fault)) return 'fault.unreachable.text';
  if (error.code === 'invalid_credentials' || error.status === 422) return 'signIn.wrong';
  if (error.code === 'account_disabled') return 'signIn.disabled';
  if (error.status === 429) return 'signIn.tooOften';
  return 'fault.other.text';
}

function problemWithCode(error: unknown): MessageId {
  if (!(error instanceof Fault)) return 'fault.unreachable.text';
  return error.status >= 500 ? 'fault.other.text' : 'signIn.codeExpired';
}
