// `npm` for the readers of pages: installs what this folder depends on, without a network, publishes nothing, and leaves the rest to
// npm itself.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const here = import.meta.dirname;
/** Where npm is, and the programs of what is installed. */
const env = {
  ...process.env,
  PATH: [join(here, 'node_modules/.bin'), ...process.env.PATH.split(':').slice(1)].join(':'),
};
/** As it would be published, because its readers make packages that rest on it. Nothing else has to be installed with it. */
const PACKED = '@ais/objectives';

const [command, ...rest] = process.argv.slice(2);
const names = rest.filter((argument) => !argument.startsWith('-'));
if (command === 'install') (names.length > 0 ? names : declared()).forEach(install);
else if (command === 'create') create(rest.filter((argument) => argument !== '--'));
else if (command !== 'publish') npm(command, ...rest);
else if (rest.includes('--dry-run')) npm('pack', '--dry-run');

function npm(...given) {
  process.exitCode = spawnSync('npm', given, { stdio: 'inherit', env }).status;
}

/** What `npm create ais-objective` runs. */
function create([name, ...given]) {
  const program = join(here, `node_modules/create-${name}/dist/bin.js`);
  process.exitCode = spawnSync(process.execPath, [program, ...given], { stdio: 'inherit' }).status;
}

/** What the package in this folder depends on, in every way. */
function declared() {
  const { dependencies, devDependencies, peerDependencies } = JSON.parse(
    readFileSync('package.json', 'utf8'),
  );
  return Object.keys({ ...dependencies, ...devDependencies, ...peerDependencies });
}

function install(name) {
  const target = join('node_modules', name);
  if (existsSync(target)) return;
  const source = join(here, 'node_modules', name);
  if (!existsSync(source)) throw new Error(`${name} is not a dependency of tools/pages`);
  mkdirSync(dirname(target), { recursive: true });
  if (name === PACKED) unpack(source, target);
  else symlinkSync(source, target);
}

function unpack(source, target) {
  const scratch = mkdtempSync(join(tmpdir(), 'ais-pack-'));
  try {
    execFileSync('npx', ['-y', 'pnpm', 'pack', '--pack-destination', scratch], { cwd: source, env });
    const [tarball] = readdirSync(scratch);
    mkdirSync(target);
    execFileSync('tar', ['-xzf', join(scratch, tarball), '-C', target, '--strip-components=1']);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}
