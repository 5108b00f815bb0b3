import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { type ReactNode, useCallback, useState } from 'react';
import { IntlProvider } from 'react-intl';
import { BrowserRouter } from 'react-router';
import { Fault } from './api/envelope';
import { Boundary } from './components/Boundary';
import { LanguageChoice, keepLocale, loadMessages, type Locale, regionalLocale } from './i18n/locale';
import { Pages } from './pages/Pages';
import { theme, variables } from './theme/theme';

const RETRIES = 2;

function newCache(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // A refusal is an answer; only silence and a part that is away are asked again.
        retry: (count, error) => count < RETRIES && !(error instanceof Fault && error.status < 500),
        staleTime: 10_000,
      },
    },
  });
}

export function Frame({ locale, messages, children }: { locale: string; messages: Record<string, string>; children: ReactNode }) {
  const [cache] = useState(newCache);
  return (
    <IntlProvider locale={locale} messages={messages}>
      <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto">
        <QueryClientProvider client={cache}>{children}</QueryClientProvider>
      </MantineProvider>
    </IntlProvider>
  );
}

/** Changing the language keeps the page as it is: a host may be live on it. */
export function App({ locale, messages }: { locale: Locale; messages: Record<string, string> }) {
  const [language, setLanguage] = useState({ locale, messages });
  const choose = useCallback(async (next: Locale) => {
    setLanguage({ locale: next, messages: await loadMessages(next) });
    document.documentElement.lang = next;
    keepLocale(next);
  }, []);
  return (
    <LanguageChoice value={choose}>
      <Frame locale={regionalLocale(language.locale)} messages={language.messages}>
        <Boundary>
          <BrowserRouter>
            <Pages />
          </BrowserRouter>
        </Boundary>
      </Frame>
    </LanguageChoice>
  );
}
