import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Suspense } from 'react';
import { expect, it, vi } from 'vitest';
import { Frame } from '../App';
import { keys } from '../api/queries';
import en from '../i18n/messages/en.json';
import panels from '../i18n/panels/en.json';
import type { StageSeat } from '../realtime/events';
import { emptyStage, type Stage, withStageEvent } from '../realtime/stage';
import { anEvent, aSession } from '../test/builders';
import StudioStage, { type Self } from './StudioStage';

function seat(name: string): StageSeat {
  const id = name.toLowerCase();
  return { user_id: id, username: name, role: 'speaker', identity: `u.${id}`, via: 'hand', joined_at: '2026-03-01T18:00:00.000Z' };
}

/** The panel with Ben and Eve on stage; the server pins whom it is asked to, or answers with a status. */
async function show(status = 200, self: Self | null = null) {
  const cache = new QueryClient();
  cache.setQueryData<Stage>(keys.stage('session-1'), { ...emptyStage, members: [seat('Ben'), seat('Eve')] });
  const asked: unknown[] = [];
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (request) => {
    if (!(request instanceof Request) || request.method !== 'PATCH') return Response.json({ success: true, data: aSession(), timestamp: 1772388000 });
    const body = (await request.json()) as { pinned: string | null };
    asked.push([new URL(request.url).pathname, body]);
    if (status !== 200) return Response.json({ success: false, error: { code: 'validation_failed', message: 'No.' }, timestamp: 1772388000 }, { status });
    const told = anEvent('stage.layout', 3 + asked.length, { layout: 'single', pinned: body.pinned });
    cache.setQueryData<Stage>(keys.stage('session-1'), (stage) => withStageEvent(stage, told));
    return Response.json({ success: true, data: { layout: 'single', pinned: body.pinned }, timestamp: 1772388000 });
  });
  await act(async () => {
    render(
      <Frame locale="en" messages={en}>
        <QueryClientProvider client={cache}>
          <Suspense>
            <StudioStage sessionId="session-1" self={self} />
          </Suspense>
        </QueryClientProvider>
      </Frame>,
    );
  });
  const pin = async (name: string) => await screen.findByRole('button', { name: `Pin ${name}` });
  return { cache, asked, pin };
}

it('pins by the keyboard, says so, and takes the pin away again', async () => {
  const { asked, pin } = await show();
  const [ben, eve] = [await pin('Ben'), await pin('Eve')];
  expect(ben).toHaveAttribute('aria-pressed', 'false');
  expect(ben).toHaveAccessibleDescription(panels['stage.pin.hint']);
  ben.focus();
  await userEvent.keyboard('{Enter}');
  await vi.waitFor(() => expect(ben).toHaveAttribute('aria-pressed', 'true'));
  await userEvent.click(eve);
  await vi.waitFor(() => expect(eve).toHaveAttribute('aria-pressed', 'true'));
  expect(ben).toHaveAttribute('aria-pressed', 'false');
  await userEvent.click(eve);
  await vi.waitFor(() => expect(eve).toHaveAttribute('aria-pressed', 'false'));
  const path = '/api/v1/sessions/session-1/layout';
  expect(asked).toEqual([[path, { pinned: 'ben' }], [path, { pinned: 'eve' }], [path, { pinned: null }]]);
});

it('pins who runs the session, and names them once', async () => {
  const { asked, cache, pin } = await show(200, { id: 'ada', name: 'Ada' });
  const ada = await pin('Ada');
  expect(screen.getByTestId('stage-self')).toHaveTextContent('Ada (you)');
  await userEvent.click(ada);
  await vi.waitFor(() => expect(ada).toHaveAttribute('aria-pressed', 'true'));
  expect(asked).toEqual([['/api/v1/sessions/session-1/layout', { pinned: 'ada' }]]);
  await act(async () => void cache.setQueryData<Stage>(keys.stage('session-1'), { ...emptyStage, members: [seat('Ada'), seat('Ben')] }));
  await vi.waitFor(() => expect(screen.queryByTestId('stage-self')).toBeNull());
  expect(screen.getAllByRole('button', { name: 'Pin Ada' })).toHaveLength(1);
});

it('unpins who runs the session when everybody else has left', async () => {
  const { asked, cache, pin } = await show(200, { id: 'ada', name: 'Ada' });
  await act(async () => void cache.setQueryData<Stage>(keys.stage('session-1'), { ...emptyStage, pinned: 'ada' }));
  const ada = await pin('Ada');
  expect(ada).toHaveAttribute('aria-pressed', 'true');
  await userEvent.click(ada);
  await vi.waitFor(() => expect(screen.queryByTestId('stage-self')).toBeNull());
  expect(asked).toEqual([['/api/v1/sessions/session-1/layout', { pinned: null }]]);
});

it('follows what another host does', async () => {
  const { cache, pin } = await show();
  const ben = await pin('Ben');
  const tell = (pinned: string | null) =>
    act(async () => void cache.setQueryData<Stage>(keys.stage('session-1'), (stage) => withStageEvent(stage, anEvent('stage.layout', 4, { layout: 'grid', pinned }))));
  await tell('ben');
  await vi.waitFor(() => expect(ben).toHaveAttribute('aria-pressed', 'true'));
  await tell(null);
  await vi.waitFor(() => expect(ben).toHaveAttribute('aria-pressed', 'false'));
});

it('says that it did not work, and shows nobody as pinned', async () => {
  const { pin } = await show(422);
  const ben = await pin('Ben');
  await userEvent.click(ben);
  expect(await screen.findByRole('alert')).toBeVisible();
  expect(ben).toHaveAttribute('aria-pressed', 'false');
});
