import { act, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Suspense } from 'react';
import { expect, it, vi } from 'vitest';
import { Frame } from '../App';
import en from '../i18n/messages/en.json';
import panels from '../i18n/panels/en.json';
import KeptOut from './KeptOut';

interface Status { banned: boolean; expires_at: string | null }

async function show(how: 'banned' | 'removed' | 'denied', status: Status, reason: string | null = null) {
  const onBack = vi.fn();
  const answer = { success: true, data: status, timestamp: 1772388000 };
  vi.spyOn(globalThis, 'fetch').mockImplementation(async () => Response.json(answer));
  await act(async () => {
    render(
      <Frame locale="en" messages={en}>
        <Suspense>
          <KeptOut sessionId="session-1" identity="viewer" how={how} reason={reason} onBack={onBack} />
        </Suspense>
      </Frame>,
    );
  });
  return onBack;
}

it('says until when somebody is banned', async () => {
  await show('banned', { banned: true, expires_at: '2026-03-01T18:00:00.000Z' });
  expect(await screen.findByText(/closed it to you until Sunday/)).toBeVisible();
});

it('tells a removal that is a ban from one that is none', async () => {
  await show('removed', { banned: true, expires_at: null });
  expect(await screen.findByText(panels['watch.banned'])).toBeVisible();
});

it('leaves a removal without a ban as it is', async () => {
  await show('removed', { banned: false, expires_at: null });
  expect(await screen.findByText(panels['watch.removed'])).toBeVisible();
});

it('offers the way back once the ban is lifted', async () => {
  const onBack = await show('banned', { banned: false, expires_at: null });
  await userEvent.click(await screen.findByTestId('come-back'));
  expect(onBack).toHaveBeenCalledOnce();
});

it('says what the team said to whom it sent away', async () => {
  await show('denied', { banned: false, expires_at: null }, 'Members only.');
  expect(await screen.findByText('The host says: Members only.')).toBeVisible();
});
