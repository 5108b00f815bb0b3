import js from '@eslint/js';
import a11y from 'eslint-plugin-jsx-a11y';
import hooks from 'eslint-plugin-react-hooks';
import globals from 'globals';
import ts from 'typescript-eslint';

const handWrittenFetch = 'Go through src/api: its client and types come from the OpenAPI document.';

export default ts.config(
  { ignores: ['node_modules', 'src/api/schema.d.ts', 'shots'] },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [ts.configs.strict, ts.configs.stylistic, a11y.flatConfigs.strict, hooks.configs.flat['recommended-latest']],
    languageOptions: { globals: globals.browser },
    rules: {
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      '@typescript-eslint/consistent-type-imports': 'error',
      'max-lines': ['error', { max: 400, skipComments: true }],
    },
  },
  {
    files: ['src/**/*.{ts,tsx}'],
    ignores: ['src/api/**', 'src/**/*.test.{ts,tsx}'],
    rules: {
      'no-restricted-globals': ['error', { name: 'fetch', message: handWrittenFetch }, { name: 'XMLHttpRequest', message: handWrittenFetch }],
      'no-restricted-properties': [
        'error',
        { object: 'window', property: 'fetch', message: handWrittenFetch },
        { object: 'globalThis', property: 'fetch', message: handWrittenFetch },
        { object: 'navigator', property: 'sendBeacon', message: handWrittenFetch },
      ],
    },
  },
  { files: ['scripts/**', '*.js', '*.ts'], languageOptions: { globals: globals.node } },
);
