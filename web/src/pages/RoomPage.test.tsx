import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, render, screen } from '@testing-library/react';
import { MemoryRouter } from 'react-router';
import { expect, it } from 'vitest';
import { Frame } from '../App';
import type { Session } from '../api/queries';
import en from '../i18n/messages/en.json';
import { aSession } from '../test/builders';
import { SessionRow } from './RoomPage';

async function show(session: Partial<Session>) {
  await act(async () => {
    render(
      <Frame locale="en" messages={en}>
        <QueryClientProvider client={new QueryClient()}>
          <MemoryRouter>
            <SessionRow session={aSession(session)} />
          </MemoryRouter>
        </QueryClientProvider>
      </Frame>,
    );
  });
  return (await screen.findByRole('listitem')).textContent;
}

it('says of a session that never went live when it ended, and counts nobody', async () => {
  const words = await show({ status: 'ended', started_at: null, scheduled_start_time: null, ended_at: '2026-03-01T18:00:00.000Z' });
  expect(words).toContain('Mar 1, 2026');
  expect(words).not.toContain(en['session.anytime']);
  expect(words).not.toContain('00:00');
});

it('says of a session that went live how long it was', async () => {
  const words = await show({ status: 'ended', started_at: '2026-03-01T17:00:00.000Z', ended_at: '2026-03-01T18:00:00.000Z', duration: 3600, max_viewers: 12 });
  expect(words).toContain('1:00:00');
  expect(words).toContain('12');
});
