import type { IntlShape } from 'react-intl';

const UNITS = ['kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** `1.4 GB`, in the reader's language; decimal units, as disks are sold and buckets are billed. */
export function size(intl: IntlShape, bytes: number): string {
  const step = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3) - 1, UNITS.length - 1);
  const unit = UNITS[step] ?? 'kilobyte';
  return intl.formatNumber(bytes / 1000 ** (step + 1), { style: 'unit', unit, maximumFractionDigits: step === 0 ? 0 : 1 });
}
