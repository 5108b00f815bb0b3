import { describe, expect, it } from 'vitest';
import { Watched } from './watched';

function played(watched: Watched, ...positions: number[]) {
  for (const position of positions) watched.look(position);
}

describe('what was watched', () => {
  it('is one stretch while the player runs', () => {
    const watched = new Watched();
    played(watched, 10, 10.25, 10.5, 11);
    expect(watched.take()).toEqual([{ start: 10, end: 11 }]);
  });

  it('goes on after a beat, without a gap and without repetition', () => {
    const watched = new Watched();
    played(watched, 0, 1);
    watched.take();
    played(watched, 2, 3);
    expect(watched.take()).toEqual([{ start: 1, end: 3 }]);
  });

  it('leaves out what was leapt over, forwards and back', () => {
    const watched = new Watched();
    played(watched, 0, 1, 40, 41, 5, 6);
    expect(watched.take()).toEqual([
      { start: 0, end: 1 },
      { start: 40, end: 41 },
      { start: 5, end: 6 },
    ]);
  });

  it('does not grow while the player rests', () => {
    const watched = new Watched();
    played(watched, 0, 1);
    watched.rest();
    expect(watched.take()).toEqual([{ start: 0, end: 1 }]);
    expect(watched.take()).toEqual([]);
  });

  it('counts media time at a higher speed', () => {
    const watched = new Watched();
    watched.look(0, 2);
    watched.look(2.5, 2);
    expect(watched.take()).toEqual([{ start: 0, end: 2.5 }]);
  });

  it('keeps what a lost beat carried', () => {
    const watched = new Watched();
    played(watched, 0, 1);
    watched.giveBack(watched.take());
    played(watched, 2);
    expect(watched.take()).toEqual([
      { start: 0, end: 1 },
      { start: 1, end: 2 },
    ]);
  });
});
