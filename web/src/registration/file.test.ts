import { expect, it } from 'vitest';
import type { Registration } from './calls';
import { fileOf } from './file';

const mia = {
  email: 'mia@example.org',
  first_name: 'Mia "M"',
  last_name: '=1+1',
  display_name: null,
  external_id: null,
  status: 'approved',
  presence: 'present',
  registered_at: '2026-01-01T00:00:00.000Z',
  answers: { diet: 'veg, please', news: true },
  consent: { accepted: true, version: '1', terms_version: null, at: '2026-01-01T00:00:00.000Z', is_outdated: false },
} as unknown as Registration;

it('writes a row for each person, and nothing that a table program would calculate', () => {
  expect(fileOf([mia], ['diet', 'news', 'shoe'])).toBe(
    '\uFEFFemail,first_name,last_name,display_name,external_id,status,presence,registered_at,diet,news,shoe,consent\r\n' +
      'mia@example.org,"Mia ""M""",\'=1+1,,,approved,present,2026-01-01T00:00:00.000Z,"veg, please",true,,true\r\n',
  );
});
