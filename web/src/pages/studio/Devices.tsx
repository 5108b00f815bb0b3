import { Alert, Button, NativeSelect } from '@mantine/core';
import { useId } from 'react';
import { LevelMeter } from '../../components/LevelMeter';
import { type MessageId, Text, useText } from '../../i18n/text';
import type { DeviceFault } from '../../media/faults';
import type { DeviceKind, LocalMedia, LocalState } from '../../media/local';
import classes from './Studio.module.css';

/** Which camera and microphone, how loud, and what to do when one does not work. */
export function Devices({ media, local }: { media: LocalMedia; local: LocalState }) {
  return (
    <div className={classes.devices}>
      <DeviceChoice kind="microphone" media={media} local={local}>
        {local.microphone.track !== null && <LevelMeter track={local.microphone.track} on={local.microphone.on} />}
      </DeviceChoice>
      <DeviceChoice kind="camera" media={media} local={local} />
    </div>
  );
}

interface ChoiceProps {
  kind: DeviceKind;
  media: LocalMedia;
  local: LocalState;
  children?: React.ReactNode;
}

function DeviceChoice({ kind, media, local, children }: ChoiceProps) {
  const say = useText();
  const { choices, chosen, fault, opening } = local[kind];
  return (
    <div className={classes.device}>
      <NativeSelect
        label={say(`device.${kind}`)}
        value={chosen ?? ''}
        disabled={choices.length === 0}
        onChange={(event) => void media.choose(kind, event.currentTarget.value)}
        data={
          choices.length === 0
            ? [{ value: '', label: say(opening ? 'device.asking' : 'device.none') }]
            : choices.map((device) => ({ value: device.deviceId, label: device.label }))
        }
        data-testid={`choose-${kind}`}
      />
      {children}
      {fault !== null && <DeviceHelp kind={kind} fault={fault} onRetry={() => void media.retry(kind)} />}
    </div>
  );
}

export function DeviceHelp({ kind, fault, onRetry }: { kind: DeviceKind; fault: DeviceFault; onRetry: () => void }) {
  const title = useId();
  const words: MessageId = `device.fault.${fault}`;
  const help: MessageId = `device.fault.${fault}.help`;
  return (
    <Alert color="signal" variant="light" className={classes.help} role="alert" aria-labelledby={title} data-testid={`${kind}-fault`}>
      <p className={classes.helpTitle} id={title}>
        <Text id={words} values={{ device: kind }} />
      </p>
      <p className={classes.helpText}>
        <Text id={help} values={{ device: kind }} />
      </p>
      {fault !== 'insecure' && (
        <Button size="compact-sm" variant="default" onClick={onRetry}>
          <Text id="action.tryAgain" />
        </Button>
      )}
    </Alert>
  );
}
