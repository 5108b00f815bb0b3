import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { Text, useText } from '../i18n/text';

export interface Found {
  value: string;
  label: string;
}

interface FinderProps {
  label: string;
  chosen: Found | null;
  onChoose: (found: Found | null) => void;
  /** What these words find; undefined while that is asked. */
  useFound: (words: string) => Found[] | undefined;
  disabled?: boolean;
  testId: string;
}

const SETTLED = 300; // ms without a key, before a search is asked

/** One of many, found by words of its title. */
export function Finder({ label, chosen, onChoose, useFound, disabled, testId }: FinderProps) {
  const say = useText();
  const [typed, setTyped] = useState('');
  const [words] = useDebouncedValue(typed === chosen?.label ? '' : typed.trim(), SETTLED);
  const found = useFound(words);
  const options = chosen === null || found?.some(({ value }) => value === chosen.value) === true ? (found ?? []) : [chosen, ...(found ?? [])];
  return (
    <Select
      label={label}
      placeholder={say('finder.search')}
      nothingFoundMessage={found !== undefined ? <Text id="finder.none" /> : undefined}
      data={options}
      value={chosen?.value ?? null}
      onChange={(value) => onChoose(options.find((each) => each.value === value) ?? null)}
      searchable
      searchValue={typed}
      onSearchChange={setTyped}
      filter={({ options: all }) => all}
      disabled={disabled ?? false}
      comboboxProps={{ withinPortal: false }}
      data-testid={testId}
    />
  );
}
