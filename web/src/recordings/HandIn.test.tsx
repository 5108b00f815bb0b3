import { act, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryRouter } from 'react-router';
import { expect, it, vi } from 'vitest';
import { Frame } from '../App';
import en from '../i18n/messages/en.json';
import { PanelWords } from '../i18n/PanelWords';
import panels from '../i18n/panels/en.json';
import { HandIn } from './HandIn';

const session = { id: 's1', title: 'Town hall', scheduled_start_time: null, created_at: '2026-03-01T12:00:00Z' };

/** A dialog that sends a film, which takes forever. */
async function sending() {
  vi.spyOn(globalThis, 'fetch').mockImplementation(() => Promise.resolve(Response.json({ success: true, data: { sessions: [session] }, timestamp: 1772388000 })));
  vi.spyOn(XMLHttpRequest.prototype, 'send').mockImplementation(() => undefined);
  const gaveUp = vi.spyOn(XMLHttpRequest.prototype, 'abort');
  const onClose = vi.fn();
  const shown = await act(async () =>
    render(
      <Frame locale="en" messages={en}>
        <MemoryRouter>
          <PanelWords>
            <HandIn onClose={onClose} />
          </PanelWords>
        </MemoryRouter>
      </Frame>,
    ),
  );
  await screen.findByTestId('film-session');
  const input = document.querySelector<HTMLInputElement>('input[type=file]');
  await userEvent.upload(input as HTMLInputElement, new File(['film'], 'film.mp4', { type: 'video/mp4' }));
  await userEvent.click(screen.getByTestId('film-session'));
  await userEvent.click(await screen.findByText(/^Town hall/));
  await userEvent.click(screen.getByTestId('hand-in'));
  await screen.findByTestId('film-progress');
  return { onClose, gaveUp, leave: shown.unmount };
}

it('goes on sending when Escape is pressed, and has no button that closes it', async () => {
  const { onClose, gaveUp } = await sending();
  await userEvent.keyboard('{Escape}');
  expect(screen.getByTestId('film-progress')).toBeVisible();
  expect(screen.queryByRole('button', { name: en['action.close'] })).toBeNull();
  expect([onClose.mock.calls.length, gaveUp.mock.calls.length]).toEqual([0, 0]);
});

it('asks before Cancel throws away what is being sent', async () => {
  const { onClose, gaveUp, leave } = await sending();
  const cancel = screen.getByRole('button', { name: en['action.cancel'] });
  await userEvent.click(cancel);
  expect(await screen.findByText(panels['recordings.film.stop.text'])).toBeVisible();
  await userEvent.keyboard('{Escape}');
  await vi.waitFor(() => expect(screen.queryByTestId('confirm')).toBeNull());
  expect([onClose.mock.calls.length, gaveUp.mock.calls.length]).toEqual([0, 0]);

  await userEvent.click(cancel);
  await userEvent.click(await screen.findByTestId('confirm'));
  await vi.waitFor(() => expect(onClose).toHaveBeenCalledOnce());
  leave();
  expect(gaveUp).toHaveBeenCalledOnce();
});
