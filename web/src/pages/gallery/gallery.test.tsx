import { act, render, waitFor } from '@testing-library/react';
import { MemoryRouter } from 'react-router';
import { beforeAll, expect, it } from 'vitest';
import { Frame } from '../../App';
import en from '../../i18n/messages/en.json';
import panels from '../../i18n/panels/en.json';
import { OPEN, pseudoMessages } from '../../i18n/pseudo';
import GalleryPage from './GalleryPage';

// Text that is not ours to translate: what people wrote, names, numbers, dates, languages' own names.
const foreign = [
  /^[\d:\s.,·←→?/%*–-]*$|^[\d.]+ [kMGT]B$/,
  /Grace|Linus|Ada|Mallory|Lyon|Welcome|slides|recording: https/,
  /Which topic|Roadmap|Prices|Questions from the chat/,
  /Autumn briefing|Briefings|What changes this season|A room whose name/,
  /\d{4}|\d:\d\d|@example\.org/,
  /This one (was refused|is on its way)/,
  /^Ben$|Will the prices of last season|When does the new catalogue|first week of October|May I ask this/,
];

const PATIENCE = 30_000; // ms: it draws everything there is, also on a busy machine

beforeAll(() => {
  Object.defineProperty(document, 'fullscreenEnabled', { value: true, configurable: true });
});

it('shows no text that is hard-coded', async () => {
  const { container } = await act(async () => render(
    <Frame locale="en" messages={pseudoMessages({ ...en, ...panels })}>
      <MemoryRouter>
        <GalleryPage />
      </MemoryRouter>
    </Frame>,
  ));
  await waitFor(() => expect(container.textContent).toContain(OPEN));

  const hardCoded: string[] = [];
  const texts = document.createTreeWalker(container, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { textContent, parentElement } = texts.currentNode;
    const words = textContent?.trim() ?? '';
    const isVerbatim = parentElement?.closest('[data-verbatim], style, script, kbd') !== null;
    if (!isVerbatim && !words.includes(OPEN) && !foreign.some((pattern) => pattern.test(words))) hardCoded.push(words);
  }
  for (const attribute of ['aria-label', 'placeholder', 'title', 'alt']) {
    for (const element of container.querySelectorAll(`[${attribute}]:not([data-piece], [role="img"][aria-label="Livehall"])`)) {
      const words = element.getAttribute(attribute) ?? '';
      if (words !== '' && !words.includes(OPEN)) hardCoded.push(`${attribute}="${words}"`);
    }
  }
  expect(hardCoded).toEqual([]);
}, PATIENCE);
