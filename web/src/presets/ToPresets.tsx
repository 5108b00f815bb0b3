import { Button } from '@mantine/core';
import { IconAdjustments } from '@tabler/icons-react';
import { Link } from 'react-router';
import { PanelWords } from '../i18n/PanelWords';
import { Text } from '../i18n/text';

/** From the list of rooms to what holds in their sessions. */
export default function ToPresets() {
  return (
    <PanelWords>
      <Button component={Link} to="/presets" variant="default" leftSection={<IconAdjustments size={18} aria-hidden />} data-testid="rooms-presets">
        <Text id="presets.title" />
      </Button>
    </PanelWords>
  );
}
