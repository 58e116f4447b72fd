// Four bundlers, each with what a page's author would write: modules for browsers out of some scripts, one file for each script.
import { join } from 'node:path';

export interface Bundle {
  /** Errors and warnings, as the bundler puts them. */
  readonly faults: readonly string[];
  readonly files: readonly BundledFile[];
}

export interface BundledFile {
  readonly file: string;
  /** What it imports that is not in the bundle. */
  readonly outside: readonly string[];
}

/**
 * Bundles scripts into another folder, as `NAME.js` and what they share.
 *
 * @param scripts paths by name
 */
export type Bundler = (
  scripts: Readonly<Record<string, string>>,
  folder: string,
  out: string,
) => Promise<Bundle>;

const esbuild: Bundler = async (scripts, folder, out) => {
  const { build } = await import('esbuild');
  try {
    const { warnings, metafile } = await build({
      entryPoints: { ...scripts },
      outdir: out,
      absWorkingDir: folder,
      bundle: true,
      splitting: true,
      metafile: true,
      format: 'esm',
      platform: 'browser',
      target: 'es2022',
      logLevel: 'silent',
    });
    return {
      faults: warnings
        // esbuild does not say this of what it finds in node_modules.
        .filter(({ id }) => id !== 'ignored-bare-import')
        .map(({ text, location }) => `${text} (${location?.file})`),
      files: Object.entries(metafile.outputs).map(([file, { imports }]) => ({
        file,
        outside: imports.filter(({ external }) => external).map(({ path }) => path),
      })),
    };
  } catch (error) {
    const { errors = [] } = error as { errors?: { text: string; location?: { file: string } }[] };
    if (errors.length === 0) throw error;
    return { faults: errors.map(({ text, location }) => `${text} (${location?.file})`), files: [] };
  }
};

const vite: Bundler = async (scripts, folder, out) => {
  const { build, createLogger } = await import('vite');
  const faults: string[] = [];
  const logger = createLogger('warn');
  logger.warn = logger.warnOnce = (message) => void faults.push(message);
  try {
    const built = await build({
      root: folder,
      configFile: false,
      customLogger: logger,
      logLevel: 'warn',
      build: {
        outDir: out,
        emptyOutDir: true,
        minify: false,
        target: 'es2022',
        chunkSizeWarningLimit: 10_000,
        reportCompressedSize: false,
        rolldownOptions: {
          input: { ...scripts },
          // What a script exports would go otherwise: a page's scripts export nothing.
          preserveEntrySignatures: 'strict',
          output: { entryFileNames: '[name].js' },
        },
      },
    });
    if (!('output' in built)) throw new Error('Vite built several bundles, or watches.');
    return { faults, files: withOutside(built.output) };
  } catch (error) {
    return { faults: [...faults, messageOf(error)], files: [] };
  }
};

const rollup: Bundler = async (scripts, folder, out) => {
  const [{ rollup }, { nodeResolve }, { default: commonjs }] = await Promise.all([
    import('rollup'),
    import('@rollup/plugin-node-resolve'),
    import('@rollup/plugin-commonjs'),
  ]);
  const faults: string[] = [];
  const own = join(folder, 'node_modules/@ais');
  try {
    const bundle = await rollup({
      input: { ...scripts },
      plugins: [nodeResolve({ browser: true, preferBuiltins: false }), commonjs()],
      onwarn({ code = '', message, ids = [], id = '' }) {
        // TensorFlow.js imports itself in circles, and was compiled from older syntax.
        const foreign = [...ids, id].every((path) => !path.startsWith(own));
        if (!foreign || !['CIRCULAR_DEPENDENCY', 'THIS_IS_UNDEFINED'].includes(code)) faults.push(message);
      },
    });
    const { output } = await bundle.write({ dir: out, entryFileNames: '[name].js' });
    await bundle.close();
    return { faults, files: withOutside(output) };
  } catch (error) {
    return { faults: [...faults, messageOf(error)], files: [] };
  }
};

const webpack: Bundler = async (scripts, folder, out) => {
  const { default: webpack } = await import('webpack');
  const statistics = await new Promise<import('webpack').Stats | undefined>((resolve, reject) => {
    webpack(
      {
        context: folder,
        mode: 'production',
        entry: { ...scripts },
        target: ['web', 'es2022'],
        output: { path: out, filename: '[name].js', module: true, library: { type: 'module' } },
        experiments: { outputModule: true },
        optimization: { minimize: false },
        performance: false,
      },
      (error, found) => (error ? reject(error) : resolve(found)),
    );
  });
  const {
    errors = [],
    warnings = [],
    assets = [],
  } = statistics?.toJson({ all: false, errors: true, warnings: true, assets: true }) ?? {};
  return {
    faults: [...errors, ...warnings].map(({ message, moduleName }) => `${message} (${moduleName})`),
    // What webpack cannot bundle is an error.
    files: assets.map(({ name }) => ({ file: name, outside: [] })),
  };
};

export const bundlers: Readonly<Record<string, Bundler>> = { esbuild, vite, rollup, webpack };

interface OutputFile {
  readonly fileName: string;
  readonly imports?: readonly string[];
  readonly dynamicImports?: readonly string[];
}

function withOutside(output: readonly OutputFile[]): BundledFile[] {
  const own = new Set(output.map(({ fileName }) => fileName));
  return output.map(({ fileName: file, imports = [], dynamicImports = [] }) => ({
    file,
    outside: [...imports, ...dynamicImports].filter((name) => !own.has(name)),
  }));
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
