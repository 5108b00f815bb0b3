import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { PanelWords } from '../i18n/PanelWords';
import { useText } from '../i18n/text';
import { libraries } from '../libraries/queries';
import { DefaultPreset } from './DefaultPreset';
import { useUsable } from './useUsable';

/** Where a new room stands and what its sessions go by: the fields `library_id` and `default_preset_id`. */
export default function RoomChoices({ libraryId }: { libraryId: string | null }) {
  return (
    <PanelWords>
      <OfRoom libraryId={libraryId} />
    </PanelWords>
  );
}

function OfRoom({ libraryId }: { libraryId: string | null }) {
  const say = useText();
  const shelves = useQuery(libraries()).data ?? [];
  const [chosen, setChosen] = useState(libraryId);
  const here = chosen ?? shelves.find((each) => each.is_default)?.id ?? '';
  const presets = useUsable(here);
  return (
    <>
      {shelves.length > 1 && (
        <NativeSelect
          name="library_id"
          label={say('libraries.choose')}
          value={here}
          onChange={(event) => setChosen(event.currentTarget.value)}
          data={shelves.map(({ id, name }) => ({ value: id, label: name }))}
          data-testid="room-library"
        />
      )}
      <DefaultPreset presets={presets} />
    </>
  );
}
