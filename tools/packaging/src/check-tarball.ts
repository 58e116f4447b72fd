import { readFile } from 'node:fs/promises';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { list } from 'tar';

/** What is in a tarball, and what is wrong with it. */
export interface TarballCheck {
  readonly files: readonly string[];
  /** Of the tarball, and of what it unpacks to. */
  readonly bytes: number;
  readonly unpackedBytes: number;
  readonly manifest: Manifest;
  readonly faults: readonly string[];
}

/** What a published manifest says, as far as it is looked at. */
export interface Manifest {
  readonly name: string;
  readonly type?: string;
  readonly sideEffects?: boolean;
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly files?: readonly string[];
  readonly keywords?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** Looks into a tarball as npm would get it: what it holds, its manifest, and whether its exports and types resolve for ESM users. */
export async function checkTarball(tarball: string): Promise<TarballCheck> {
  const files = new Map<string, number>();
  let text = '';
  await list({
    file: tarball,
    onReadEntry: (entry) => {
      const file = entry.path.replace(/^package\//, '');
      files.set(file, entry.size);
      if (file === 'package.json') entry.on('data', (bytes) => (text += bytes.toString()));
    },
  });
  const manifest = JSON.parse(text) as Manifest;
  const bytes = await readFile(tarball);
  return {
    files: [...files.keys()],
    bytes: bytes.length,
    unpackedBytes: [...files.values()].reduce((sum, size) => sum + size, 0),
    manifest,
    faults: [
      ...contentFaults([...files.keys()]),
      ...manifestFaults(manifest),
      ...(await lintFaults(bytes, manifest)),
      ...(await typeFaults(bytes, manifest)),
    ],
  };
}

function contentFaults(files: readonly string[]): string[] {
  const missing = ['README.md', 'LICENSE', 'package.json'].filter((file) => !files.includes(file));
  const unwanted = files.filter(
    (file) => !file.startsWith('templates/') && /\.test\.|fixtures\/|tsup\.config|\.turbo/.test(file),
  );
  return [
    ...missing.map((file) => `the tarball lacks ${file}`),
    ...unwanted.slice(0, 3).map((file) => `the tarball holds ${file}`),
  ];
}

/** Faults of what a manifest says. Where it comes from is checked with the repository's address. */
export function manifestFaults(manifest: Manifest): string[] {
  const { name, type, sideEffects, files = [], keywords = [], dependencies = {} } = manifest;
  const faults: string[] = [];
  if (/"(workspace|catalog):/.test(JSON.stringify(manifest)))
    faults.push('a workspace: or catalog: version is left');
  if (type !== 'module' || sideEffects !== false) faults.push('must be ESM without side effects');
  if (keywords.length < 3) faults.push('needs keywords, by which npm finds it');
  // There is one from the first version on.
  if (!files.includes('CHANGELOG.md')) faults.push('`files` lacks CHANGELOG.md');
  for (const [other, range] of Object.entries(dependencies)) {
    if (other.startsWith('@ais/') && !range.startsWith('^'))
      faults.push(`${other} must be workspace:^, or a patch to it releases this package too`);
    if (manifest.bin === undefined && /tfjs-(backend|node)/.test(other))
      faults.push(`${name} depends on the back end ${other}`);
  }
  return faults;
}

async function lintFaults(tarball: Buffer, manifest: Manifest): Promise<string[]> {
  const bytes = tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.byteLength);
  const { messages } = await publint({ pack: { tarball: bytes as ArrayBuffer }, strict: true });
  return messages.map((message) => `publint: ${formatMessage(message, manifest)}`);
}

async function typeFaults(tarball: Buffer, manifest: Manifest): Promise<string[]> {
  // A command has no types.
  if (manifest.exports?.['.'] === undefined) return [];
  const result = await checkPackage(createPackageFromTarballData(tarball));
  if (!result.types) return ['types: there are none'];
  // CommonJS loads these packages as ES modules, which is meant; Node 10 knows no exports.
  return result.problems
    .filter((problem) => problem.kind !== 'CJSResolvesToESM')
    .filter((problem) => !('resolutionKind' in problem) || problem.resolutionKind !== 'node10')
    .map((problem) => `types: ${problem.kind} at ${'entrypoint' in problem ? problem.entrypoint : '.'}`);
}
