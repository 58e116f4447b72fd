// Packs every package as npm would get it and checks the tarball: what is in it, whether its exports and
// types resolve for ESM users, and that nothing of the workspace is left in its manifest.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { list } from 'tar';

const packages = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../../packages');
const scratch = mkdtempSync(join(tmpdir(), 'ais-packaging-'));
let failures = 0;

function expect(condition, name, message) {
  if (condition) return;
  failures += 1;
  console.error(`${name}: ${message}`);
}

for (const folder of readdirSync(packages)) {
  const directory = join(packages, folder);
  const tarball = pack(directory);
  const files = [];
  await list({ file: tarball, onReadEntry: (entry) => files.push(entry.path.replace(/^package\//, '')) });
  const manifest = JSON.parse(
    execFileSync('tar', ['-xzOf', tarball, 'package/package.json'], { encoding: 'utf8' }),
  );
  const { name } = manifest;

  for (const required of ['README.md', 'LICENSE', 'package.json']) {
    expect(files.includes(required), name, `the tarball lacks ${required}`);
  }
  const unwanted = files.filter((file) => /\.test\.|fixtures\/|tsup\.config|\.turbo/.test(file));
  expect(unwanted.length === 0, name, `the tarball holds ${unwanted.slice(0, 3).join(', ')}`);
  expect(
    !/"(workspace|catalog):/.test(JSON.stringify(manifest)),
    name,
    'a workspace: or catalog: version is left',
  );
  expect(
    manifest.type === 'module' && manifest.sideEffects === false,
    name,
    'must be ESM without side effects',
  );
  for (const backend of Object.keys(manifest.dependencies ?? {})) {
    const application = name === '@ais/cli';
    expect(application || !/tfjs-(backend|node)/.test(backend), name, `depends on the back end ${backend}`);
  }

  const { messages } = await publint({ pack: { tarball: toArrayBuffer(tarball) }, strict: true });
  for (const message of messages) expect(false, name, `publint: ${formatMessage(message, manifest)}`);

  if (manifest.exports['.']) {
    const result = await checkPackage(createPackageFromTarballData(readFileSync(tarball)));
    // CommonJS users have dynamic import(): these packages are ESM only.
    const problems = result.problems.filter(
      ({ kind, resolutionKind }) => kind !== 'CJSResolvesToESM' && resolutionKind !== 'node10',
    );
    for (const { kind, entrypoint } of problems)
      expect(false, name, `types: ${kind} at ${entrypoint ?? '.'}`);
  }
  console.log(`${name}: ${files.length} files`);
}

rmSync(scratch, { recursive: true });
if (failures > 0) process.exitCode = 1;

function pack(directory) {
  const target = mkdtempSync(join(scratch, 'pack-'));
  execFileSync('npx', ['-y', 'pnpm', 'pack', '--pack-destination', target], {
    cwd: directory,
    stdio: 'pipe',
  });
  return join(target, readdirSync(target)[0]);
}

function toArrayBuffer(path) {
  const bytes = readFileSync(path);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
}
