import type { Registration } from './calls';

const COLUMNS = ['email', 'first_name', 'last_name', 'display_name', 'external_id', 'status', 'presence', 'registered_at'] as const;
const FORMULA = /^[=+\-@\t\r]/; // a table program would calculate it

/** A table of people, as table programs read it: CSV (RFC 4180) with the marks of UTF-8. */
export function fileOf(people: Registration[], fields: string[]): string {
  const rows = people.map((each) => [
    ...COLUMNS.map((name) => each[name] ?? ''),
    ...fields.map((id) => String(each.answers[id] ?? '')),
    each.consent === null ? '' : String(each.consent.accepted),
  ]);
  const all = [[...COLUMNS, ...fields, 'consent'], ...rows];
  return `\uFEFF${all.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
}

function cell(text: string): string {
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Gives the text to the reader as a file. */
export function save(text: string, name: string, type = 'text/csv;charset=utf-8'): void {
  saveAs(new Blob([text], { type }), name);
}

export function saveAs(file: Blob, name: string): void {
  const address = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
