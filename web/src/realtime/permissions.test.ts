import { expect, it } from 'vitest';
import type { Seat } from '../api/queries';
import { permitted } from './permissions';

const seat = { role: 'viewer', permissions: { 'chat.send': false, 'poll.vote': true } } as unknown as Seat;

it('nothing is allowed without a seat', () => {
  expect(permitted(null, { viewer: { 'chat.send': true } })).toEqual({});
});

it('a seat allows what it was taken with', () => {
  expect(permitted(seat, undefined)).toEqual({ 'chat.send': false, 'poll.vote': true });
});

it('settings that changed since win, for the role of the seat', () => {
  const told = { viewer: { 'chat.send': true }, moderator: { 'poll.vote': false } };
  expect(permitted(seat, told)).toEqual({ 'chat.send': true, 'poll.vote': true });
});
