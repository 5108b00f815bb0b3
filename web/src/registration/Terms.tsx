import { Anchor, Text as Words } from '@mantine/core';
import { Text } from '../i18n/text';
import type { TermsShown } from './calls';
import classes from './Registration.module.css';

/** What holds in the organization, beside the consent that is given while it does. */
export function Terms({ terms }: { terms: TermsShown }) {
  return (
    <div className={classes.terms} data-testid="terms">
      {terms.text !== null && (
        <details>
          <summary>
            <Text id="registration.terms" />
          </summary>
          <Words size="sm" mt="xs" className={classes.consent}>
            {terms.text}
          </Words>
        </details>
      )}
      {terms.terms_url !== null && (
        <Anchor href={terms.terms_url} target="_blank" rel="noopener noreferrer" size="sm">
          <Text id={terms.text === null ? 'registration.terms.open' : 'registration.terms.more'} />
        </Anchor>
      )}
    </div>
  );
}
