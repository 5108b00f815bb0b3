import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { audienceBudget } from './scripts/budget.ts';
import { docsPage } from './scripts/docs-page.ts';

const server = process.env.LIVEHALL_DEV_SERVER ?? 'http://127.0.0.1:8000';
const passedOn = ['/api', '/connection', '/rtc', '/hls', '/openapi', '/docs'];

export default defineConfig({
  plugins: [react(), audienceBudget(), docsPage()],
  build: {
    outDir: '../src/livehall/server/web',
    emptyOutDir: true,
    target: 'es2022',
    // A strict content policy has no `data:`; every asset is a file of ours.
    assetsInlineLimit: 0,
    // livekit-client is one library of 500 kB; it comes after the page is drawn.
    chunkSizeWarningLimit: 900,
  },
  server: {
    proxy: Object.fromEntries(passedOn.map((path) => [path, { target: server, ws: true }])),
  },
  test: {
    environment: 'jsdom',
    setupFiles: ['src/test/setup.ts'],
    include: ['src/**/*.test.{ts,tsx}'],
    restoreMocks: true,
  },
});
