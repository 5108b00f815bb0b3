import { QueryClient } from '@tanstack/react-query';
import { expect, it, vi } from 'vitest';
import { ownStore } from './queries';

const client = () => new QueryClient({ defaultOptions: { queries: { retry: false } } });

it('asks for no own store where the status knows of none', async () => {
  const fetched = vi.spyOn(globalThis, 'fetch');
  expect(await client().fetchQuery(ownStore('org-1', false))).toBeNull();
  expect(fetched).not.toHaveBeenCalled();
});

it('takes one that was removed meanwhile for none', async () => {
  const answer = { success: false, error: { code: 'not_found', message: 'There is none.' }, timestamp: 1772388000 };
  vi.spyOn(globalThis, 'fetch').mockImplementation(async () => Response.json(answer, { status: 404 }));
  expect(await client().fetchQuery(ownStore('org-1', true))).toBeNull();
});
