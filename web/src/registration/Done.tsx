import { Button } from '@mantine/core';
import { IconCircleCheck, IconMail } from '@tabler/icons-react';
import { Link } from 'react-router';
import { State } from '../components/states';
import { Text } from '../i18n/text';
import type { Registered } from './calls';

/** What comes next: the own page, or the mail with the link to it. */
export function Done({ registered }: { registered: Registered }) {
  const { access_link: link, status, email } = registered;
  const token = link?.split('#')[1];
  const waits = status === 'pending';
  return (
    <div className="lh-card" role="status" data-testid="registered" data-status={status}>
      {token === undefined ? (
        <State title="registration.done.mail" text={waits ? 'registration.done.pending.text' : 'registration.done.mail.text'} values={{ email }} inner icon={<IconMail size={28} stroke={1.6} />} />
      ) : (
        <State
          title={waits ? 'registration.done.pending' : 'registration.done'}
          text={waits ? 'registration.done.pending.text' : 'registration.done.text'}
          values={{ email }}
          inner
          icon={<IconCircleCheck size={28} stroke={1.6} />}
          action={
            <Button component={Link} to={`/registered#${token}`} data-testid="to-own-page">
              <Text id="registration.toOwnPage" />
            </Button>
          }
        />
      )}
    </div>
  );
}
