import { act, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Frame } from '../../App';
import en from '../../i18n/panels/en.json';
import { Countdown } from './Countdown';

function show() {
  const onDone = vi.fn();
  const onStop = vi.fn();
  render(
    <Frame locale="en" messages={en}>
      <Countdown onDone={onDone} onStop={onStop} />
    </Frame>,
  );
  return { onDone, onStop };
}

describe('the countdown', () => {
  it('is skipped by Enter alone', async () => {
    const { onDone } = show();
    await userEvent.keyboard('{Enter}');
    expect(onDone).toHaveBeenCalledTimes(1);
  });

  it('is stopped by Escape', async () => {
    const { onStop, onDone } = show();
    await userEvent.keyboard('{Escape}');
    expect([onStop.mock.calls.length, onDone.mock.calls.length]).toEqual([1, 0]);
  });

  describe('left alone', () => {
    beforeEach(() => vi.useFakeTimers());
    afterEach(() => vi.useRealTimers());

    it('goes 3, 2, 1 and then live', () => {
      const { onDone } = show();
      const number = () => screen.getByRole('alert').textContent;
      expect(number()).toBe('3');
      act(() => vi.advanceTimersByTime(1000));
      expect(number()).toBe('2');
      act(() => vi.advanceTimersByTime(1000));
      expect([number(), onDone.mock.calls.length]).toEqual(['1', 0]);
      act(() => vi.advanceTimersByTime(1000));
      expect(onDone).toHaveBeenCalledTimes(1);
    });
  });
});
