import { NativeSelect } from '@mantine/core';
import { PanelWords } from '../i18n/PanelWords';
import { useText } from '../i18n/text';

/** Where the picture of a new session comes from: the field `mode` of its form. */
export default function SourceChoice() {
  return (
    <PanelWords>
      <Choice />
    </PanelWords>
  );
}

function Choice() {
  const say = useText();
  return (
    <NativeSelect
      name="mode"
      label={say('session.source')}
      data={(['webcam', 'rtmp', 'whip'] as const).map((mode) => ({ value: mode, label: say(`session.source.${mode}`) }))}
      data-testid="session-source"
    />
  );
}
