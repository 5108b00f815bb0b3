/** A moment as an input of the kind `datetime-local` takes it: in the reader's own zone, to the minute. */
export function toInput(moment: string | null | undefined): string {
  if (moment == null) return '';
  const at = new Date(moment);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** The moment that such an input names; null when it is empty. */
export function fromInput(text: string): string | null {
  return text === '' ? null : new Date(text).toISOString();
}

/** Whether the input still names the minute of the moment. */
export function isUntouched(text: string, moment: string | null | undefined): boolean {
  return text === toInput(moment);
}

export const ownZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Another moment that goes along when one is moved; null, as it was, where either is not there. */
export function moved(moment: string | null | undefined, from: string | null | undefined, to: string | null): string | null {
  if (moment == null || from == null || to === null) return moment ?? null;
  return new Date(Date.parse(moment) + Date.parse(to) - Date.parse(from)).toISOString();
}
