import { Checkbox } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useIntl } from 'react-intl';
import { useText } from '../i18n/text';
import classes from './Hooks.module.css';
import { byFirstWord, type EventType, eventTypes, type Format } from './queries';

interface EventChoiceProps {
  format: Format;
  heard: string[];
  onChange: (heard: string[]) => void;
}

/** All that can be heard in a format: what it says first, its name beneath, under the first word of the name. */
export function EventChoice({ format, heard, onChange }: EventChoiceProps) {
  const say = useText();
  const intl = useIntl();
  const known = useQuery(eventTypes());
  // What a newer server tells of besides has its own words, in English.
  const words = (id: string, otherwise: string) => (id in intl.messages ? intl.formatMessage({ id }) : otherwise);
  const tells = (each: EventType) => words(`hooks.event.${each.type}`, each.description);
  return (
    <Checkbox.Group value={heard} onChange={onChange} label={say('hooks.events')}>
      {byFirstWord(known.data?.filter((each) => each.format === format) ?? []).map(([first, types]) => (
        <fieldset key={first} className={classes.topic}>
          <legend>{words(`hooks.topic.${first}`, first)}</legend>
          <div className={classes.types}>
            {types.map((each) => (
              <Checkbox key={each.type} value={each.type} label={tells(each)} description={<span data-verbatim>{each.type}</span>} data-testid={`hears-${each.type}`} />
            ))}
          </div>
        </fieldset>
      ))}
    </Checkbox.Group>
  );
}
