import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { State } from '../components/states';
import { PanelWords } from '../i18n/PanelWords';
import { Text } from '../i18n/text';
import { form } from './calls';

/** On the page of a room where people register: a way to the form. */
export default function Invitation({ roomId }: { roomId: string }) {
  const found = useQuery(form(roomId));
  if (found.data?.is_open !== true) return null;
  return (
    <PanelWords>
      <Button component={Link} to={`/r/${roomId}`} variant="default" data-testid="to-registration">
        <Text id="registration.toForm" />
      </Button>
    </PanelWords>
  );
}

/** Instead of the picture, for somebody who has not registered. */
export function RegistrationWanted({ roomId }: { roomId: string }) {
  return (
    <PanelWords>
      <div data-testid="registration-wanted">
        <State
          title="registration.wanted"
          text="registration.wanted.text"
          inner
          action={
            <Button component={Link} to={`/r/${roomId}`} data-testid="to-registration">
              <Text id="registration.toForm" />
            </Button>
          }
        />
      </div>
    </PanelWords>
  );
}
