import { parse, TYPE, type MessageFormatElement } from '@formatjs/icu-messageformat-parser';
import { describe, expect, it } from 'vitest';
import { loadMessages, locales } from './locale';
import en from './messages/en.json';
import { panelWords } from './PanelWords';
import panels from './panels/en.json';

function argumentsOf(elements: MessageFormatElement[]): string[] {
  return elements.flatMap((element) => {
    if (element.type === TYPE.literal || element.type === TYPE.pound) return [];
    if (element.type === TYPE.plural || element.type === TYPE.select) {
      return [element.value, ...Object.values(element.options).flatMap((option) => argumentsOf(option.value))];
    }
    return [element.value];
  });
}

const sorted = (message: string) => [...new Set(argumentsOf(parse(message)))].sort();

const catalogues = [
  { name: 'pages', english: en, load: loadMessages },
  { name: 'panels', english: panels, load: panelWords },
];

describe.each(locales)('the words in %s', (locale) => {
  it.each(catalogues)('are complete, and none is left over ($name)', async ({ english, load }) => {
    expect(Object.keys(await load(locale)).sort()).toEqual(Object.keys(english).sort());
  });

  it.each(catalogues)('take the same values as in English ($name)', async ({ english, load }) => {
    const messages = await load(locale);
    for (const [id, message] of Object.entries(english)) {
      expect([id, sorted(messages[id] ?? '')]).toEqual([id, sorted(message)]);
    }
  });
});
