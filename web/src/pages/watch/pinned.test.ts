import { describe, expect, it } from 'vitest';
import { pinnedFirst } from './pinned';

const [host, ben, benAgain, eve] = ['u.ada', 'u.ben', 'u.ben.7f', 'u.eve'].map((identity) => ({ participant: { identity } })) as [Picture, Picture, Picture, Picture];

interface Picture {
  participant: { identity: string };
}

describe('the pictures on stage', () => {
  it('stand as they came when nobody is pinned, or who is pinned shows nothing', () => {
    expect(pinnedFirst([host, eve], null)).toEqual({ ordered: [host, eve], first: 0 });
    expect(pinnedFirst([host, eve], 'ben')).toEqual({ ordered: [host, eve], first: 0 });
    expect(pinnedFirst([host, ben], 'be')).toEqual({ ordered: [host, ben], first: 0 });
  });

  it('begin with who is pinned, by whichever connection', () => {
    expect(pinnedFirst([host, ben, eve], 'eve')).toEqual({ ordered: [eve, host, ben], first: 1 });
    expect(pinnedFirst([host, eve, benAgain], 'ben')).toEqual({ ordered: [benAgain, host, eve], first: 1 });
    expect(pinnedFirst([ben, host, benAgain], 'ben')).toEqual({ ordered: [ben, benAgain, host], first: 2 });
  });
});
