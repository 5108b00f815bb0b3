import { expect, it } from 'vitest';
import { views, wanted } from './calls';

it('shows every state but live in one view, the soonest of what comes first and the latest of what was', () => {
  expect(views.map(wanted)).toEqual([
    { status: ['scheduled', 'backstage'], sort: 'scheduled_start_time' },
    { status: ['ended'], sort: '-scheduled_start_time' },
    { status: ['cancelled'], sort: '-scheduled_start_time' },
  ]);
});
