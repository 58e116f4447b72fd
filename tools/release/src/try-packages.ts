import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { basename, delimiter, join } from 'node:path';
import { execute, type PublishedPackage, type Registry } from '@ais/registry';
import ts from 'typescript';
import { CLIENTS } from './clients.js';
import { missingLine, type ReadmeExample, readmeExample } from './readme-example.js';
import { bringToolchain, type Toolchain } from './toolchain.js';

/** All that packages are tried with before a release: both ends of what `engines` allows, and what is current. */
export const ALL_WAYS: readonly string[] = [
  'npm',
  'pnpm',
  'yarn',
  'bun',
  'deno',
  'node@20.19.0',
  'node@22.12.0',
  'node@24',
  'node@latest',
  'typescript@5.9',
  'typescript@latest',
  'commonjs',
];

/** Ways by name, with commas between them; `all` is all of them. */
export function readWays(list: string): readonly string[] {
  const ways = list === 'all' ? ALL_WAYS : list.split(',');
  for (const way of ways) {
    if (way in CLIENTS || way === 'commonjs' || /^(node|typescript)@[\w.]+$/.test(way)) continue;
    throw new Error(`expected all, or some of ${ALL_WAYS.join(', ')}, got ${way}`);
  }
  return ways;
}

/** One package tried in one way. */
export interface Trial {
  readonly package: string;
  readonly way: string;
  readonly seconds: number;
  /** Why it failed; null if it did not. */
  readonly fault: string | null;
}

export interface TryOptions {
  readonly registry: Registry;
  readonly packages: readonly PublishedPackage[];
  /**
   * In which ways: `npm`, `pnpm`, `yarn`, `bun`, and `deno` install and run, the last two on themselves. `node@VERSION` runs what npm
   * installed, `typescript@VERSION` checks the types of it, and `commonjs` loads it with `require` and with `import()`.
   */
  readonly ways: readonly string[];
  /** An empty folder for all of it. */
  readonly folder: string;
  readonly onTrial?: (trial: Trial) => void;
}

/** Does what each package's README tells its reader to do first, word for word, each in a separate empty folder. */
export async function tryPackages({
  registry,
  packages,
  ways,
  folder,
  onTrial,
}: TryOptions): Promise<Trial[]> {
  const programs = ways.flatMap((way) => CLIENTS[way]?.program ?? (way.includes('@') ? [way] : []));
  const tools = await bringToolchain(join(folder, 'tools'), programs);
  const trials: Trial[] = [];
  for (const one of packages) {
    const example = await readmeExample(one.directory);
    const installed = join(folder, 'npm', basename(one.directory));
    for (const way of ['npm', ...ways.filter((other) => other !== 'npm')]) {
      const work = workOf(way, { name: one.name, example, installed, folder, registry, tools });
      if (work === null) continue;
      const start = performance.now();
      const fault = await work().then(
        () => null,
        (error: Error) => error.message,
      );
      const trial = { package: one.name, way, seconds: (performance.now() - start) / 1000, fault };
      trials.push(trial);
      onTrial?.(trial);
    }
  }
  return trials;
}

interface Given {
  readonly name: string;
  readonly example: ReadmeExample;
  /** Where npm has installed it. */
  readonly installed: string;
  readonly folder: string;
  readonly registry: Registry;
  readonly tools: Toolchain;
}

/** The work of a way; null if there is nothing to try, as with a program's types where a package is a command. */
function workOf(way: string, given: Given): (() => Promise<void>) | null {
  const { example, installed, folder, name, tools } = given;
  const program = tools.get(way);
  if (way in CLIENTS) {
    const directory = join(folder, way, basename(installed));
    // Deno has no folder of programs to call.
    if (way === 'deno' && example.program === null) return null;
    return async () => {
      await install(way, directory, given);
      if (example.program !== null) await runProgram(commandOf(way, tools), directory, example);
    };
  }
  if (example.program === null) return null;
  if (way === 'commonjs') return () => loadAsCommonJs(name, installed, tools);
  if (program === undefined) throw new Error(`${way} was not brought`);
  if (way.startsWith('node@')) {
    return async () => {
      // The packages that npm installed, without what the program has written there.
      const directory = join(folder, way, basename(installed));
      await mkdir(directory, { recursive: true });
      for (const file of ['package.json', 'node_modules']) {
        await symlink(join(installed, file), join(directory, file));
      }
      await writeFile(join(directory, 'example.mts'), example.program ?? '');
      await runProgram([program], directory, example);
    };
  }
  return async () => {
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', '--types', 'node'];
    // TensorFlow.js's own declarations name a type that they do not bring, and repeat some that compilers have since.
    if (example.commands.includes('@tensorflow/')) options.push('--skipLibCheck');
    const types = join(folder, 'tools/node_modules/@types');
    await execute(process.execPath, [program, ...options, '--typeRoots', types, 'example.mts'], {
      directory: installed,
    });
  };
}

/** Follows the README's commands in an empty folder, and leaves its program there. */
async function install(way: string, directory: string, { registry, example, tools }: Given): Promise<void> {
  const client = CLIENTS[way];
  if (client === undefined) throw new Error(`There is no client ${way}.`);
  await mkdir(directory, { recursive: true });
  for (const [file, content] of Object.entries(client.settings(registry))) {
    await writeFile(join(directory, file), content);
  }
  const prefix = join(directory, 'global');
  await execute('bash', ['-euc', client.translate(example, tools)], {
    directory,
    environment: {
      PATH: [join(prefix, 'bin'), join(directory, 'node_modules/.bin'), process.env['PATH']].join(delimiter),
      npm_config_audit: 'false',
      npm_config_fund: 'false',
      npm_config_prefer_offline: 'true',
      // Where npm puts what is installed for all, and the settings that it reads then.
      ...(example.program === null
        ? { npm_config_prefix: prefix, npm_config_userconfig: join(directory, '.npmrc') }
        : {}),
    },
  });
  if (example.program !== null) await writeFile(join(directory, 'example.mts'), example.program);
}

const commandOf = (way: string, tools: Toolchain): readonly string[] => {
  const own = tools.get(`${way}@latest`);
  if (way === 'bun' && own !== undefined) return [own, 'run'];
  if (way === 'deno' && own !== undefined) return [own, 'run', '--allow-all'];
  return [process.execPath];
};

/** Runs the program as it was pasted; older releases of Node, which do not read types, get it without them. */
async function runProgram(
  [command = '', ...parameters]: readonly string[],
  directory: string,
  { program, printed }: ReadmeExample,
): Promise<void> {
  const reads = parameters.length > 0 || (await readsTypes(command));
  const file = reads ? 'example.mts' : 'example.mjs';
  if (!reads) {
    const options = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
    const { outputText } = ts.transpileModule(program ?? '', { compilerOptions: options });
    await writeFile(join(directory, file), outputText);
  }
  const output = await execute(command, [...parameters, file], { directory });
  const missing = missingLine(output, printed);
  if (missing !== undefined) throw new Error(`The program did not print ${missing}, but:\n${output}`);
}

async function readsTypes(node: string): Promise<boolean> {
  return (await execute(node, ['-p', 'process.features.typescript'])).trim() === 'strip';
}

async function loadAsCommonJs(name: string, directory: string, tools: Toolchain): Promise<void> {
  const script = `
    const required = require('${name}');
    import('${name}').then((imported) => {
      for (const key of Object.keys(imported)) if (imported[key] !== required[key]) throw new Error(key + ' is there twice');
    });`;
  await writeFile(join(directory, 'commonjs.cjs'), script);
  const nodes = [...tools].filter(([tool]) => tool.startsWith('node@')).map(([, program]) => program);
  for (const node of [process.execPath, ...nodes]) await execute(node, ['commonjs.cjs'], { directory });
}
