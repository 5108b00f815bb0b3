import { act, render, screen } from '@testing-library/react';
import { lazy, Suspense } from 'react';
import { expect, it } from 'vitest';
import { useOneTimeCode } from './oneTimeCode';

function Code() {
  return <output>{useOneTimeCode()}</output>;
}

it('is found by a page whose first render was begun again, and then leaves the address', async () => {
  window.history.replaceState(null, '', '/?redirect=%2Freports#code=only-once');
  let arrive: (module: { default: () => null }) => void = () => undefined;
  const Late = lazy(() => new Promise<{ default: () => null }>((resolve) => (arrive = resolve)));
  render(
    <Suspense fallback="…">
      <Code />
      <Late />
    </Suspense>,
  );
  await act(async () => arrive({ default: () => null }));
  expect(screen.getByRole('status').textContent).toBe('only-once');
  expect(window.location.href).toMatch(/\/\?redirect=%2Freports$/);
});

it('is null where the address has none, whose other parts stay', async () => {
  window.history.replaceState(null, '', '/#section');
  await act(async () => render(<Code />));
  expect(screen.getByRole('status').textContent).toBe('');
  expect(window.location.hash).toBe('#section');
});
