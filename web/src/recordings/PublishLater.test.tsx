import { act, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryRouter } from 'react-router';
import { expect, it, vi } from 'vitest';
import type { Recording } from '../api/queries';
import { Frame } from '../App';
import en from '../i18n/messages/en.json';
import { PanelWords } from '../i18n/PanelWords';
import panels from '../i18n/panels/en.json';
import { recordings } from '../pages/gallery/fixtures';
import { fromInput } from '../sessions/times';
import { RecordingRow } from './RecordingRow';

const mine: Recording = { ...(recordings[0] as Recording), visibility: 'private', published_at: null };
const LATER = '2097-01-02T18:30';

async function show(recording: Recording, answer: () => Response = () => Response.json({ success: true, data: recording, timestamp: 1772388000 })) {
  const asked: { method: string; path: string; body: unknown }[] = [];
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (request) => {
    const sent = request as Request;
    const text = await sent.clone().text();
    asked.push({ method: sent.method, path: new URL(sent.url).pathname, body: text === '' ? undefined : JSON.parse(text) });
    return answer();
  });
  await act(async () => {
    render(
      <Frame locale="en" messages={en}>
        <MemoryRouter>
          <PanelWords>
            <ul>
              <RecordingRow recording={recording} />
            </ul>
          </PanelWords>
        </MemoryRouter>
      </Frame>,
    );
  });
  return asked;
}

async function choose(time: string) {
  await userEvent.click(await screen.findByTestId('publish-later'));
  const at = await screen.findByTestId('publish-at');
  await userEvent.clear(at);
  await userEvent.type(at, time);
  await userEvent.click(screen.getByTestId('confirm-publish'));
}

it('sends the chosen time as that moment', async () => {
  const asked = await show(mine);
  await choose(LATER);
  expect(asked[0]).toEqual({ method: 'POST', path: `/api/v1/recordings/${mine.id}/publish`, body: { publish_at: fromInput(LATER) } });
  await vi.waitFor(() => expect(screen.queryByTestId('publish-at')).toBeNull());
});

it('says that a time has passed, and keeps the dialog', async () => {
  const error = { code: 'validation_failed', message: 'No.', details: [{ field: 'publish_at', code: 'value', message: 'No.' }] };
  await show(mine, () => Response.json({ success: false, error, timestamp: 1772388000 }, { status: 422 }));
  await choose(LATER);
  expect(await screen.findByText(panels['recordings.later.passed'])).toBeVisible();
});

it('shows what is to come, and takes it back, whoever may watch it now', async () => {
  const asked = await show({ ...mine, visibility: 'members', publish_at: '2097-01-02T18:30:00.000Z' });
  expect(await screen.findByTestId('publish-planned')).toHaveTextContent('Will be published:');
  await userEvent.click(screen.getByTestId('publish-later'));
  await userEvent.click(await screen.findByTestId('do-not-publish'));
  expect(asked[0]).toEqual({ method: 'PATCH', path: `/api/v1/recordings/${mine.id}`, body: { publish_at: null } });
  expect(asked.some(({ path }) => path.endsWith('/unpublish'))).toBe(false);
});

it('offers nothing for what is public or has failed', async () => {
  await show({ ...mine, visibility: 'public' });
  await screen.findByTestId('delete-recording');
  expect(screen.queryByTestId('publish-later')).toBeNull();
  await show({ ...mine, status: 'failed' });
  expect(screen.queryByTestId('publish-later')).toBeNull();
});
