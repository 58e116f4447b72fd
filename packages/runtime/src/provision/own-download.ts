import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { describeNetwork } from '../download/describe-network.js';
import { publish } from '../files/whole.js';
import type { NativePackage } from '../native-package.js';
import { lastLines, runCommand } from '../process/run-command.js';
import { explaining } from './failures.js';

/** The addon that the package's own install brought, or why it brought none. */
export type OwnDownload = { readonly addon: string } | { readonly refused: string };

/**
 * Runs the package's own install script, in a copy of the package inside the cache.
 *
 * Not in place: that script rewrites its `package.json`, which may be a hard link into a store that other
 * projects share, and empties its folders before it knows whether its host answers.
 *
 * @param cache the folder for compiled addons
 */
export async function tryOwnDownload(
  nativePackage: NativePackage,
  cache: string,
  options: { signal?: AbortSignal; answerWithin?: number; onStart?: () => void } = {},
): Promise<OwnDownload> {
  const { signal, answerWithin = 3000, onStart } = options;
  const { directory, name, version } = nativePackage;
  const gpu = name.endsWith('-gpu');
  const home = join(
    cache,
    `${gpu ? 'tfjs-node-gpu' : 'tfjs-node'}-${version}-own-${process.platform}-${process.arch}`,
  );
  const addonIn = (folder: string): string => join(folder, nativePackage.addon.slice(directory.length));
  if (existsSync(addonIn(home))) return { addon: addonIn(home) };

  const manifest: { binary: { host: string } } = JSON.parse(
    await readFile(join(directory, 'package.json'), 'utf8'),
  );
  // The variables that the package's own script honors.
  const storage = process.env['TFJS_NODE_CDN_STORAGE'] ?? process.env['CDN_STORAGE'];
  const host = process.env['TFJS_NODE_BASE_URI'] ?? storage ?? manifest.binary.host;
  const within = AbortSignal.timeout(answerWithin);
  try {
    await fetch(host, { method: 'HEAD', signal: AbortSignal.any([within, ...(signal ? [signal] : [])]) });
  } catch (error) {
    signal?.throwIfAborted();
    const why = within.aborted ? `no answer within ${answerWithin / 1000} s` : describeNetwork(error);
    return { refused: `its storage host cannot be reached (${why})` };
  }

  onStart?.();
  const scratch = `${home}.part`;
  await explaining(scratch, async () => {
    await rm(scratch, { recursive: true, force: true });
    await mkdir(scratch, { recursive: true });
    for (const part of ['package.json', 'binding.gyp', 'binding', 'scripts']) {
      await cp(join(directory, part), join(scratch, part), { recursive: true, dereference: true });
    }
  });
  const beside = join(directory, '..', '..');
  const within2 = [join(directory, 'node_modules'), beside];
  const { status, stdout, stderr } = await runCommand(
    process.execPath,
    ['scripts/install.js', gpu ? 'gpu' : 'cpu', 'download'],
    {
      directory: scratch,
      environment: {
        NODE_PATH: within2.join(delimiter),
        PATH: [...within2.map((path) => join(path, '.bin')), process.env['PATH'] ?? ''].join(delimiter),
      },
      ...(signal ? { signal } : {}),
    },
  );
  if (status !== 0 || !existsSync(addonIn(scratch))) {
    await rm(scratch, { recursive: true, force: true });
    return { refused: `its install script failed (${lastLines(stderr || stdout, 2)})` };
  }
  await explaining(home, () => publish(scratch, home));
  return { addon: addonIn(home) };
}
