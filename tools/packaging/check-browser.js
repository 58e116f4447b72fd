// Bundles what pages use of the built packages, as their users would, with esbuild and with Vite: no error, no warning, and
// nothing of Node in what comes out.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build as bundle } from 'esbuild';
import { build, createLogger } from 'vite';

const ENTRIES = [
  '@ais/data',
  '@ais/data/chat',
  '@ais/data/preferences',
  '@ais/data/tokenizer',
  '@ais/gold-eval',
  '@ais/kl',
  '@ais/language-model',
  '@ais/language-model/families',
  '@ais/language-model/gguf',
  '@ais/language-model/safetensors',
  '@ais/objectives',
  '@ais/runtime',
  '@ais/runtime/random',
  '@ais/trainer/in-memory',
];

// Beside this file, from where the packages are found.
const folder = join(import.meta.dirname, '.page');
const faults = [];
mkdirSync(folder, { recursive: true });
try {
  const imports = ENTRIES.map((entry, index) => `import * as entry${index} from '${entry}';`);
  const script = `${imports.join('\n')}\nconsole.log(${ENTRIES.map((_, index) => `entry${index}`)});\n`;
  writeFileSync(join(folder, 'page.js'), script);
  writeFileSync(join(folder, 'index.html'), '<script type="module" src="./page.js"></script>');

  const { warnings, metafile } = await bundle({
    entryPoints: [join(folder, 'page.js')],
    outdir: join(folder, 'esbuild'),
    bundle: true,
    splitting: true,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    write: false,
    logLevel: 'silent',
  }).catch(({ errors }) => ({ warnings: errors, metafile: { outputs: {} } }));
  for (const { id, text, location } of warnings) {
    // esbuild does not say this of what it finds in node_modules.
    if (id !== 'ignored-bare-import') faults.push(`esbuild: ${text} (${location?.file})`);
  }
  look(
    'esbuild',
    Object.entries(metafile.outputs).map(([file, { imports }]) => ({
      file,
      outside: imports.filter(({ external }) => external).map(({ path }) => path),
    })),
  );

  const logger = createLogger('warn');
  logger.warn = logger.warnOnce = (message) => faults.push(`Vite: ${message}`);
  const { output } = await build({
    root: folder,
    configFile: false,
    customLogger: logger,
    build: { write: false, minify: false, target: 'es2022', chunkSizeWarningLimit: 10_000 },
  });
  const own = new Set(output.map(({ fileName }) => fileName));
  look(
    'Vite',
    output.map(({ fileName: file, imports = [], dynamicImports = [] }) => ({
      file,
      outside: [...imports, ...dynamicImports].filter((name) => !own.has(name)),
    })),
  );
} finally {
  rmSync(folder, { recursive: true });
}
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
else console.log(`${ENTRIES.length} entries build for browsers with esbuild and Vite`);

/** A bundle is whole: it imports nothing from outside, and no thread of Node has become a file of it. */
function look(bundler, files) {
  if (files.length === 0) faults.push(`${bundler}: there is no bundle`);
  for (const { file, outside } of files) {
    for (const name of outside) faults.push(`${bundler}: ${file} imports ${name}`);
    if (/-worker|jinja-guard|-thread/.test(file)) faults.push(`${bundler}: ${file} is a thread of Node`);
  }
}
