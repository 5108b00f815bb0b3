import { parse, TYPE, type MessageFormatElement } from '@formatjs/icu-messageformat-parser';
import { printAST } from '@formatjs/icu-messageformat-parser/printer.js';

/** What a translated text begins and ends with in the pseudo-locale. */
export const OPEN = '⟦';
export const CLOSE = '⟧';

const accents: Record<string, string> = { a: 'á', e: 'é', i: 'í', o: 'ó', u: 'ú', A: 'Á', E: 'É', I: 'Í', O: 'Ó', U: 'Ú', n: 'ñ', c: 'ç' };

/** Accented, a third longer, in brackets: shows what is hard-coded and what has no room to grow. */
export function pseudo(message: string): string {
  const padding = '~'.repeat(Math.ceil(message.length / 3));
  return `${OPEN}${printAST(parse(message).map(accented))}${padding}${CLOSE}`;
}

export function pseudoMessages(messages: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(messages).map(([id, message]) => [id, pseudo(message)]));
}

function accented(element: MessageFormatElement): MessageFormatElement {
  if (element.type === TYPE.literal) {
    return { ...element, value: element.value.replaceAll(/[aeiouAEIOUnc]/g, (letter) => accents[letter] ?? letter) };
  }
  if (element.type === TYPE.plural || element.type === TYPE.select) {
    const options = Object.entries(element.options).map(([name, option]) => [name, { ...option, value: option.value.map(accented) }]);
    return { ...element, options: Object.fromEntries(options) } as MessageFormatElement;
  }
  return element;
}
