import { describe, expect, it } from 'vitest';
import { anEvent } from '../test/builders';
import { type Burst, withApplause } from './applause';

const told = (data: Record<string, number>) => anEvent('chat.reaction', 1, data) as Parameters<typeof withApplause>[1];

describe('applause', () => {
  it('is a burst for each sign, in the order of arrival', () => {
    const first = withApplause([], told({ '👏': 3, '🎉': 1 }), 10);
    const both = withApplause(first, told({ '👏': 2 }), 20);
    expect(both.map(({ emoji, count, at }) => [emoji, count, at])).toEqual([
      ['👏', 3, 10],
      ['🎉', 1, 10],
      ['👏', 2, 20],
    ]);
  });

  it('does not grow with a long evening', () => {
    let bursts: readonly Burst[] = [];
    for (let round = 0; round < 100; round += 1) bursts = withApplause(bursts, told({ '👍': 1 }), round);
    expect(bursts.length).toBe(24);
    expect(bursts.at(-1)?.at).toBe(99);
  });
});
