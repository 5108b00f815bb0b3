/* global document, window -- inside page.evaluate */
// Photographs the gallery (1440 and 390 px, light and dark, pseudo-long German and French included) into
// shots/, and lets axe look at each. Needs the pages at an origin: `npm run dev`, or a running server.
//   npm run shots -- [ORIGIN] [PATH…]      default: http://127.0.0.1:5173 /dev/gallery
import { mkdir, readFile } from 'node:fs/promises';
import { chromium } from 'playwright-core';

const [origin = 'http://127.0.0.1:5173', ...asked] = process.argv.slice(2);
const paths = asked.length > 0 ? asked : ['/dev/gallery'];
const axe = await readFile(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const folder = new URL('../shots/', import.meta.url);
await mkdir(folder, { recursive: true });

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync',
  ],
});

let findings = 0;
for (const path of paths) {
  for (const width of [1440, 390]) {
    for (const colorScheme of ['light', 'dark']) {
      const lang = width === 390 ? 'de' : 'en';
      const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, reducedMotion: 'reduce', bypassCSP: true });
      const page = await context.newPage();
      page.on('pageerror', (error) => console.error(`${path}: ${error.message}`));
      await page.goto(`${origin}${path}?lang=${lang}`);
      await page.getByRole('heading').first().waitFor();
      await page.evaluate(() => document.fonts.ready);
      const name = `${path.replaceAll('/', '_')}-${width}-${colorScheme}.png`;
      await page.screenshot({ path: new URL(name, folder).pathname, fullPage: true });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      if (overflow > 0) {
        findings += 1;
        console.log(`${name}: ${overflow} px wider than the screen`);
      }
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => window.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }));
      for (const { id, nodes } of violations) {
        findings += 1;
        console.log(`${name}: ${id} (${nodes.length})`, nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} — ${node.failureSummary?.split('\n')[1] ?? ''}`));
      }
      await context.close();
    }
  }
}
await browser.close();
console.log(findings === 0 ? 'No findings.' : `${findings} findings.`);
process.exitCode = findings === 0 ? 0 : 1;
