import { type ReactNode, use, useDeferredValue, useMemo } from 'react';
import { IntlProvider, useIntl } from 'react-intl';
import { type Locale, locales } from './locale';

type Words = Record<string, string>;

const sources: Record<Locale, () => Promise<{ default: Words }>> = {
  en: () => import('./panels/en.json'),
  de: () => import('./panels/de.json'),
  fr: () => import('./panels/fr.json'),
};
const loading = new Map<Locale, Promise<Words>>();

/** The words of the studio and of panels, which the audience page does not wait for; loaded once for each language. */
export function panelWords(locale: Locale): Promise<Words> {
  const begun = loading.get(locale) ?? sources[locale]().then((words) => words.default);
  loading.set(locale, begun);
  return begun;
}

/**
 * Gives a panel its words, in the page's language; suspends until they are there. When the language
 * changes the panel stays as it is, since a host may be live on it, and its words follow.
 */
export function PanelWords({ children }: { children: ReactNode }) {
  const intl = useIntl();
  const language = locales.find((locale) => intl.locale.startsWith(locale)) ?? 'en';
  const words = use(panelWords(useDeferredValue(language)));
  const messages = useMemo(() => ({ ...words, ...(intl.messages as Words) }), [words, intl.messages]);
  return (
    <IntlProvider locale={intl.locale} messages={messages}>
      {children}
    </IntlProvider>
  );
}
