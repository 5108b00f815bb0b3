import { createIntl } from 'react-intl';
import { expect, it } from 'vitest';
import { size } from './sizes';

it.each([
  [0, '0 kB'],
  [999, '1 kB'],
  [4_512_000, '4.5 MB'],
  [1_000_000_000, '1 GB'],
  [2_500_000_000_000_000, '2,500 TB'],
])('says %d bytes as people do', (bytes, words) => {
  expect(size(createIntl({ locale: 'en' }), bytes)).toBe(words);
});
