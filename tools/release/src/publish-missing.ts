import { dirname } from 'node:path';
import { CommandError, execute, type PackedPackage } from '@ais/registry';

export interface PublishOptions {
  /** npm's settings, in a file; by default the user's own. */
  readonly userconfig?: string;
  /** Whether npm attests where the packages were built, which it can on a runner that proves who it is. */
  readonly provenance: boolean;
}

/**
 * Publishes each version that the registry does not have yet, dependencies first, and returns the packages that it published. A release
 * that was interrupted continues with the next call.
 */
export async function publishMissing(
  packages: readonly PackedPackage[],
  { userconfig, provenance }: PublishOptions,
): Promise<PackedPackage[]> {
  const settings = userconfig === undefined ? [] : ['--userconfig', userconfig];
  const published: PackedPackage[] = [];
  for (const one of packages) {
    // Away from the workspace, whose own settings npm would read.
    const directory = dirname(one.tarball);
    if (await isThere(`${one.name}@${one.version}`, settings, directory)) continue;
    await execute(
      'npm',
      ['publish', one.tarball, '--access', 'public', ...(provenance ? ['--provenance'] : []), ...settings],
      { directory },
    );
    published.push(one);
  }
  return published;
}

async function isThere(version: string, settings: readonly string[], directory: string): Promise<boolean> {
  try {
    const said = await execute('npm', ['view', version, 'version', ...settings], { directory });
    return said.trim() !== '';
  } catch (error) {
    if (error instanceof CommandError && /\bE404\b/.test(error.output)) return false;
    throw error;
  }
}
