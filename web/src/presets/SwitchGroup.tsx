import { Switch } from '@mantine/core';
import type { ReactNode } from 'react';
import { type MessageId, Text, useText } from '../i18n/text';
import { type Feature, type Group, idleBy, type SwitchName, type Switches } from './form';
import classes from './Presets.module.css';

interface SwitchGroupProps {
  group: Group;
  switches: Switches;
  onChange: (switches: Switches) => void;
  children?: ReactNode;
}

/** Switches about one kind of people. Those that have no effect at present say why, and keep their place. */
export function SwitchGroup({ group, switches, onChange, children }: SwitchGroupProps) {
  const say = useText();
  const title: MessageId = `presets.group.${group.id}`;
  const idle = group.switches.map((name) => idleBy(name, switches));
  const reasons = [...new Set(idle)].filter((feature): feature is Feature => feature !== null);
  return (
    <fieldset className={`lh-card ${classes.card}`}>
      <legend className={classes.legend}>
        <Text id={title} />
      </legend>
      <div className={classes.switches}>
        {group.switches.map((name: SwitchName, at) => (
          <Switch
            key={name}
            label={say(`presets.is.${name}`)}
            checked={switches[name]}
            disabled={idle[at] !== null}
            onChange={(event) => onChange({ ...switches, [name]: event.currentTarget.checked })}
            data-testid={`switch-${name}`}
          />
        ))}
      </div>
      {reasons.map((feature) => (
        <p key={feature} className={classes.idle}>
          <Text id="presets.idle" values={{ feature }} />
        </p>
      ))}
      {children}
    </fieldset>
  );
}
