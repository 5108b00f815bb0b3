import { createContext } from 'react';

export const locales = ['en', 'de', 'fr'] as const;
export type Locale = (typeof locales)[number];

export const languageNames: Record<Locale, string> = { en: 'English', de: 'Deutsch', fr: 'Français' };

const chosenKey = 'livehall.language';

const sources: Record<Locale, () => Promise<{ default: Record<string, string> }>> = {
  en: () => import('./messages/en.json'),
  de: () => import('./messages/de.json'),
  fr: () => import('./messages/fr.json'),
};

/** `?lang=`, then an earlier choice, then the browser's order, then English. */
export function presentLocale(): Locale {
  const asked = new URLSearchParams(window.location.search).get('lang');
  const wanted = [asked, localStorage.getItem(chosenKey), ...navigator.languages];
  for (const tag of wanted) {
    const found = locales.find((locale) => tag?.toLowerCase().split('-')[0] === locale);
    if (found !== undefined) return found;
  }
  return 'en';
}

/** The browser's own tag when it is of this language: dates and numbers are then those of its region. */
export function regionalLocale(locale: Locale): string {
  const own = navigator.language;
  return own.toLowerCase().split('-')[0] === locale ? own : locale;
}

export function keepLocale(locale: Locale): void {
  localStorage.setItem(chosenKey, locale);
}

export async function loadMessages(locale: Locale): Promise<Record<string, string>> {
  return (await sources[locale]()).default;
}

/** Switches the page's language in place. */
export const LanguageChoice = createContext<(locale: Locale) => Promise<void>>(() => Promise.resolve());
