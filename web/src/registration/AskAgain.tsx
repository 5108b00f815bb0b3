import '@mantine/core/styles/InlineInput.css';
import '@mantine/core/styles/Checkbox.css';
import { Button, Checkbox, Text as Words, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { useIntl } from 'react-intl';
import { Fault } from '../api/envelope';
import { Text } from '../i18n/text';
import { agreeAgain, type OwnConsent, ownConsent, registrationKeys } from './calls';
import classes from './Registration.module.css';
import { Terms } from './Terms';
import { inLanguage } from './words';

/** What a registrant agreed to does not hold any more: here is what does. Nothing depends on the answer. */
export function AskAgain({ token }: { token: string }) {
  const asked = useQuery(ownConsent(token));
  return asked.data?.is_outdated === true ? <Asked asked={asked.data} token={token} /> : null;
}

function Asked({ asked, token }: { asked: OwnConsent; token: string }) {
  const { locale } = useIntl();
  const cache = useQueryClient();
  const agree = useMutation({
    mutationFn: () => agreeAgain(token, asked),
    onSettled: () => cache.invalidateQueries({ queryKey: registrationKeys.own(token) }),
  });
  const { present, terms } = asked;
  const hasChanged = agree.error instanceof Fault && agree.error.status === 422;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    agree.mutate();
  };
  return (
    <form onSubmit={submit} className={`lh-card ${classes.form}`} aria-labelledby="ask-again" data-testid="ask-again">
      <div>
        <Title order={2} size="h3" id="ask-again">
          <Text id="registration.askAgain" />
        </Title>
        <Words mt={4}>
          <Text id="registration.askAgain.text" />
        </Words>
      </div>
      {terms !== null && <Terms terms={terms} />}
      {/* Other words are another box, that nobody has ticked yet. */}
      <Checkbox
        key={`${present?.version} ${terms?.version}`}
        label={<span className={classes.consent}>{present === null ? <Text id="registration.askAgain.box" /> : (inLanguage(present.translations, locale) ?? present.text)}</span>}
        required
        data-testid="agree"
      />
      {agree.isError && (
        <p className={classes.problem} role="alert">
          <Text id={hasChanged ? 'registration.consentChanged' : 'fault.notSaved'} />
        </p>
      )}
      <div>
        <Button type="submit" loading={agree.isPending} data-testid="agree-again">
          <Text id="registration.askAgain.do" />
        </Button>
      </div>
    </form>
  );
}
