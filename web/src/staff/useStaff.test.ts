import { expect, it } from 'vitest';
import { Fault } from '../api/envelope';
import { mayAppoint, type Member, problemWords, type Staff } from './useStaff';

const ada = { id: 'ada', username: 'Ada' } as Staff['host'];
const team: Staff = { host: ada, co_hosts: [{ user_id: 'grace' } as Member], moderators: [{ user_id: 'linus' } as Member], total: 3 };

it.each([
  ['the host', 'ada', false, ['moderator', 'co_host']],
  ['a co-host', 'grace', false, ['moderator']],
  ['a moderator', 'linus', false, []],
  ['an administrator', 'mallory', true, ['moderator', 'co_host']],
] as const)('%s appoints what the contract allows', (_, me, isAdmin, roles) => {
  expect(mayAppoint(team, me, isAdmin)).toEqual(roles);
});

it.each([
  [403, 'feature_disabled', 'staff.problem.off'],
  [403, 'forbidden', 'staff.problem.forbidden'],
  [409, 'conflict', 'staff.problem.higher'],
  [409, 'invalid_state', 'staff.problem.over'],
  [404, 'not_found', 'staff.problem.late'],
  [422, 'validation_failed', 'staff.problem.address'],
  [503, 'unavailable', 'staff.problem.other'],
] as const)('a refusal %i %s has words of its own', (status, code, words) => {
  expect(problemWords(new Fault(status, { code, message: 'no' }))).toBe(words);
});
