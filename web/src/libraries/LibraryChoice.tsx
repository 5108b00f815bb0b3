import { Anchor, Group, NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { grantOf } from '../api/identity';
import { PanelWords } from '../i18n/PanelWords';
import { Text, useText } from '../i18n/text';
import { libraries } from './queries';

interface LibraryChoiceProps {
  /** Null: all of them. */
  libraryId: string | null;
  onChoose: (libraryId: string | null) => void;
}

/** Which library's rooms are shown. Nothing where there is only one. */
export default function LibraryChoice(props: LibraryChoiceProps) {
  return (
    <PanelWords>
      <Choice {...props} />
    </PanelWords>
  );
}

function Choice({ libraryId, onChoose }: LibraryChoiceProps) {
  const say = useText();
  const known = useQuery(libraries()).data ?? [];
  if (known.length < 2) return null;
  return (
    <Group mb="lg" align="end" gap="md">
      <NativeSelect
        label={say('libraries.choose')}
        value={libraryId ?? ''}
        onChange={(event) => onChoose(event.currentTarget.value === '' ? null : event.currentTarget.value)}
        data={[{ value: '', label: say('libraries.all') }, ...known.map(({ id, name }) => ({ value: id, label: name }))]}
        miw={240}
        data-testid="choose-library"
      />
      {grantOf('account')?.user.role === 'admin' && (
        <Anchor component={Link} to="/libraries" size="sm" pb={8}>
          <Text id="libraries.arrange" />
        </Anchor>
      )}
    </Group>
  );
}
