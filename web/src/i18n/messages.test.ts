import { parse, TYPE, type MessageFormatElement } from '@formatjs/icu-messageformat-parser';
import { describe, expect, it } from 'vitest';
import { loadMessages, locales } from './locale';
import en from './messages/en.json';

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

describe.each(locales)('the words in %s', (locale) => {
  it('are complete, and none is left over', async () => {
    expect(Object.keys(await loadMessages(locale)).sort()).toEqual(Object.keys(en).sort());
  });

  it('take the same values as in English', async () => {
    const messages = await loadMessages(locale);
    for (const [id, message] of Object.entries(en)) {
      expect([id, sorted(messages[id] ?? '')]).toEqual([id, sorted(message)]);
    }
  });
});
