import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Room } from '../api/queries';
import { PanelWords } from '../i18n/PanelWords';
import { useText } from '../i18n/text';
import { defaultIn, type Preset, preset as presetQuery } from './queries';
import { useUsable } from './useUsable';

interface PresetChoiceProps {
  room: Room;
  /** Null: what holds in the room anyway. */
  onChoose: (preset: Preset | null) => void;
}

/** The preset of a new session: the field `preset_id` of its form. Nothing where there is none to choose. */
export default function PresetChoice(props: PresetChoiceProps) {
  return (
    <PanelWords>
      <OfSession {...props} />
    </PanelWords>
  );
}

function OfSession({ room, onChoose }: PresetChoiceProps) {
  const say = useText();
  const presets = useUsable(room.library_id);
  const roomDefault = room.default_preset_id ?? '';
  const named = useQuery({ ...presetQuery(roomDefault), enabled: roomDefault !== '' }).data;
  const usual = named ?? defaultIn(room.library_id, room.host_id, presets);
  if (presets.length === 0) return null;
  return (
    <NativeSelect
      name="preset_id"
      label={say('presets.choose')}
      data={[
        { value: '', label: usual === undefined ? say('presets.choose.usual') : say('presets.choose.default', { name: usual.name }) },
        ...presets.map(({ id, name }) => ({ value: id, label: name })),
      ]}
      onChange={(event) => onChoose(presets.find(({ id }) => id === event.currentTarget.value) ?? null)}
      data-testid="choose-preset"
    />
  );
}
