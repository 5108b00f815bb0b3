import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Plugin } from 'vite';

const files = {
  'swagger-ui-bundle.js': 'swagger-ui-bundle.js',
  'swagger-ui.css': 'swagger-ui.css',
  LICENSE: 'LICENSE.txt',
  NOTICE: 'NOTICE.txt',
  'swagger-ui-bundle.js.LICENSE.txt': 'swagger-ui-bundle.js.LICENSE.txt',
};

/** Puts Swagger UI, whole and with its licences, beside the app; the server's `/docs` refers to it. */
export function docsPage(): Plugin {
  const find = createRequire(import.meta.url).resolve;
  return {
    name: 'docs-page',
    apply: 'build',
    async generateBundle() {
      for (const [from, to] of Object.entries(files)) {
        const source = await readFile(find(`swagger-ui-dist/${from}`));
        this.emitFile({ type: 'asset', fileName: `docs-page/${to}`, source });
      }
    },
  };
}
