import { NativeSelect } from '@mantine/core';
import { Text, useText } from '../i18n/text';
import type { Preset } from './queries';

/** What the sessions of a room go by: the field `default_preset_id`. */
export function DefaultPreset({ presets, chosen = '' }: { presets: Preset[]; chosen?: string }) {
  const say = useText();
  if (presets.length === 0) return null;
  return (
    <NativeSelect name="default_preset_id" label={say('presets.choose.room')} defaultValue={chosen} data-testid="room-preset">
      <option value="">
        <Text id="presets.choose.mine" />
      </option>
      {presets.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </NativeSelect>
  );
}
