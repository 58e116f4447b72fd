// Writes what each package makes public into its api.md; with --check it only says which of these pages are out of date.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publishedPackages } from '@ais/registry';
import { apiSurface } from './api-surface.js';
import { runMain } from './run-main.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

await runMain(async () => {
  for (const { directory } of await publishedPackages(root)) {
    const page = join(directory, 'api.md');
    const surface = apiSurface(directory);
    if (surface === null || (existsSync(page) && readFileSync(page, 'utf8') === surface)) continue;
    if (process.argv.includes('--check')) {
      console.error(
        `packages/${basename(directory)}/api.md is out of date. Run \`npx -y pnpm api\`, look at the change, and commit it.`,
      );
      process.exitCode = 1;
    } else {
      writeFileSync(page, surface);
      console.log(`wrote packages/${basename(directory)}/api.md`);
    }
  }
});
