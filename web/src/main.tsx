import { createRoot } from 'react-dom/client';
import './theme/fonts.css';
import './theme/mantine';
import './theme/app.css';
import { App } from './App';
import { loadMessages, presentLocale } from './i18n/locale';

async function begin(): Promise<void> {
  const locale = presentLocale();
  const messages = await loadMessages(locale);
  document.documentElement.lang = locale;
  const root = document.getElementById('root');
  if (root === null) throw new Error('index.html has no #root');
  createRoot(root).render(<App locale={locale} messages={messages} />);
}

void begin();
