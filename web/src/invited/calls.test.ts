import { expect, it } from 'vitest';
import { addressesIn } from './calls';

it.each([
  ['', []],
  ['ada@example.org', ['ada@example.org']],
  ['ada@example.org, grace@example.org;linus@example.org', ['ada@example.org', 'grace@example.org', 'linus@example.org']],
  ['Ada Lovelace <ada@example.org>\nGrace <grace@example.org>\n', ['ada@example.org', 'grace@example.org']],
  ['ada@example.org ADA@example.org', ['ADA@example.org']],
  ['no address here', []],
])('finds in %j the addresses %j', (text, addresses) => {
  expect(addressesIn(text)).toEqual(addresses);
});
