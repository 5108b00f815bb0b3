import type { MessageId } from '../i18n/text';
import type { FormField, Presence, Status } from './calls';

/** What a field is called in the reader's language, or as it was written. */
export function labelOf(field: FormField, language: string): string {
  return wordingOf(field, language)?.label ?? field.label;
}

export function optionsOf(field: FormField, language: string): { value: string; label: string }[] {
  const words = wordingOf(field, language)?.options;
  return (field.options ?? []).map(({ value, label }) => ({ value, label: words?.[value] ?? label }));
}

function wordingOf(field: FormField, language: string) {
  return inLanguage(field.translations, language);
}

/** Of texts by language tag: those of the language itself, or of its region. */
export function inLanguage<T>(texts: Record<string, T> | undefined, language: string): T | undefined {
  const short = language.split('-')[0] ?? language;
  return texts?.[language] ?? texts?.[short];
}

/** Every country's name in the reader's language, by the code that is stored. */
export function countries(language: string): { value: string; label: string }[] {
  const names = new Intl.DisplayNames(language, { type: 'region', fallback: 'none' });
  const order = new Intl.Collator(language);
  return (CODES.match(/../g) ?? [])
    .map((value) => ({ value, label: names.of(value) ?? value }))
    .sort((one, other) => order.compare(one.label, other.label));
}

// ISO 3166-1 alpha-2
const CODES =
  'ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCICKCLCMCNCOCRCUCVCWCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHUIDIEILIMINIOIQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOMPAPEPFPGPHPKPLPMPNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTKTLTMTNTOTRTTTVTWTZUAUGUMUSUYUZVAVCVEVGVIVNVUWFWSYEYTZAZMZW';

export const statusWords: Record<Status, MessageId> = {
  pending: 'registration.status.pending',
  approved: 'registration.status.approved',
  denied: 'registration.status.denied',
  cancelled: 'registration.status.cancelled',
};
export const presenceWords: Record<Presence, MessageId> = {
  present: 'registration.presence.present',
  attended: 'registration.presence.attended',
  absent: 'registration.presence.absent',
};
