import { gzipSync } from 'node:zlib';
import type { Plugin, Rollup } from 'vite';

const BUDGET = 200_000; // bytes, gzip: what the audience page may cost before the player

/** What the audience page needs besides the player: its own code, the hub's, one language. */
const parts = ['src/main.tsx', 'index.html', 'src/pages/watch/WatchPage.tsx', 'src/realtime/hub.ts', 'src/i18n/messages/de.json'];

/** Fails the build when the audience page outgrows its budget. Fonts are not counted: text is there without. */
export function audienceBudget(): Plugin {
  return {
    name: 'audience-budget',
    apply: 'build',
    generateBundle(_, bundle) {
      const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
      const needed = new Set<string>();
      for (const chunk of chunks) {
        if (parts.some((part) => chunk.facadeModuleId?.endsWith(part))) addWithImports(chunk, bundle, needed);
      }
      const bytes = [...needed].reduce((sum, name) => sum + gzipSync(contentOf(bundle[name])).length, 0);
      this.info(`audience page: ${(bytes / 1000).toFixed(1)} kB of ${BUDGET / 1000} kB gzip`);
      if (bytes > BUDGET) this.error('The audience page is too heavy: load what it does not need at once later.');
    },
  };
}

function addWithImports(chunk: Rollup.OutputChunk, bundle: Rollup.OutputBundle, needed: Set<string>): void {
  if (needed.has(chunk.fileName)) return;
  needed.add(chunk.fileName);
  for (const style of chunk.viteMetadata?.importedCss ?? []) needed.add(style);
  for (const name of chunk.imports) {
    const next = bundle[name];
    if (next?.type === 'chunk') addWithImports(next, bundle, needed);
  }
}

function contentOf(file: Rollup.OutputAsset | Rollup.OutputChunk | undefined): string | Uint8Array {
  if (file === undefined) return '';
  return file.type === 'chunk' ? file.code : file.source;
}
