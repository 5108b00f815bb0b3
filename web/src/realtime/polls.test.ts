import { describe, expect, it } from 'vitest';
import { aPoll, anEvent } from '../test/builders';
import type { Poll, PublishedPoll } from './events';
import { withOpenPolls, withPoll, withPollEvent } from './polls';

const published = (poll: Poll): PublishedPoll => {
  const rest: Partial<Poll> = { ...poll };
  delete rest.my_votes;
  return rest as PublishedPoll;
};
const counts = (tea: number, coffee: number) => ({
  poll_id: '01',
  total_voters: tea + coffee,
  options: [
    { id: 'tea', votes: tea, percentage: (100 * tea) / (tea + coffee) },
    { id: 'coffee', votes: coffee, percentage: (100 * coffee) / (tea + coffee) },
  ],
});
const counted = (tea: number, coffee: number) =>
  aPoll({
    total_voters: tea + coffee,
    options: counts(tea, coffee).options.map((option, position) => ({ ...option, text: option.id, position })),
  });

describe('the polls of a session', () => {
  it('are the same from old state and events as read anew', () => {
    const events = [
      anEvent('poll.opened', 4, published(aPoll({ id: '02' }))),
      anEvent('poll.opened', 5, published(aPoll())),
      anEvent('poll.results', 5, counts(1, 3)),
      anEvent('poll.closed', 6, published({ ...aPoll({ id: '02' }), status: 'closed' })),
    ];
    expect(events.reduce(withPollEvent, [])).toEqual([counted(1, 3), aPoll({ id: '02', status: 'closed' })]);
  });

  it('keep the own vote, which no event knows', () => {
    const voted = { ...counted(1, 0), my_votes: ['tea'] };
    const closed = anEvent('poll.closed', 6, published({ ...counted(2, 2), status: 'closed' }));
    expect(withPollEvent([voted], closed)).toEqual([{ ...counted(2, 2), status: 'closed', my_votes: ['tea'] }]);
  });

  it('keep counts that an event hides', () => {
    const opened = anEvent('poll.opened', 4, published(aPoll()));
    expect(withPollEvent([counted(2, 1)], opened)).toEqual([counted(2, 1)]);
  });

  it('take no count after the final one, and are not opened again', () => {
    const closed = { ...counted(2, 2), status: 'closed' as const };
    expect(withPollEvent([closed], anEvent('poll.results', 6, counts(9, 9)))).toEqual([closed]);
    expect(withPollEvent([closed], anEvent('poll.opened', 6, published(aPoll())))).toEqual([closed]);
  });

  it('begin anew with what is open when the hub says so', () => {
    const draft = aPoll({ id: '00', status: 'draft' });
    expect(withOpenPolls([draft, aPoll({ id: '03' })], [counted(1, 1)])).toEqual([draft, counted(1, 1)]);
  });

  it('take an answer in the place of what was known', () => {
    expect(withPoll([aPoll(), aPoll({ id: '02' })], counted(1, 0))).toEqual([counted(1, 0), aPoll({ id: '02' })]);
  });
});
