import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execute } from './execute.js';

/** A registry of packages on this machine. */
export interface Registry {
  /** Its address, such as `http://127.0.0.1:40123/`. */
  readonly url: string;
  /** The registry that npm is configured with on this machine, which has the packages of others. */
  readonly upstream: string;
  /**
   * What a folder's `.npmrc` must say for npm, pnpm, Bun, and Deno to install from here.
   *
   * @param scope takes only packages of this scope, such as `@ais`, from here: the others are in the clients' caches already. Without it
   *   every package comes through this registry, which fetches those of others.
   */
  npmrc(scope?: string): string;
  /** Settings for npm, in a file, with the right to publish here. */
  readonly userconfig: string;
  /** Publishes tarballs, one behind the other, as `npm publish` does. */
  publish(tarballs: readonly string[]): Promise<void>;
  /** Ends it, and forgets what was published. */
  close(): Promise<void>;
}

/**
 * Starts an empty registry (verdaccio) on this machine. It listens on the loopback address and on any free port, keeps what is
 * published in a temporary folder, and asks the registry that npm is configured with for everything else.
 *
 * @example
 * const registry = await startRegistry();
 * try {
 *   const packed = await packPackages(root, folder);
 *   await registry.publish(packed.map(({ tarball }) => tarball));
 *   await writeFile(join(empty, '.npmrc'), registry.npmrc());
 *   await execute('npm', ['install', '@ais/kl'], { directory: empty });
 * } finally {
 *   await registry.close();
 * }
 */
export async function startRegistry(): Promise<Registry> {
  const folder = await mkdtemp(join(tmpdir(), 'ais-registry-'));
  const forget = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const upstream = (await execute('npm', ['config', 'get', 'registry'])).trim();
    const configuration = join(folder, 'configuration.yaml');
    // JSON is YAML.
    await writeFile(configuration, JSON.stringify(settings(folder, upstream)));
    const server = fork(fileURLToPath(new URL('./server.js', import.meta.url)), [configuration], {
      // Neither the loaders of this process nor what the server logs.
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const [message] = (await Promise.race([
      once(server, 'message'),
      once(server, 'exit').then(([status]) => {
        throw new Error(`The registry ended before it listened, with status ${status}.`);
      }),
    ])) as [{ readonly port: number }];
    const url = `http://127.0.0.1:${message.port}/`;
    const token = await register(url);
    const userconfig = join(folder, 'npmrc');
    await writeFile(userconfig, `registry=${url}\n${url.slice('http:'.length)}:_authToken=${token}\n`);
    return {
      url,
      upstream,
      userconfig,
      npmrc: (scope) =>
        scope === undefined ? `registry=${url}\n` : `registry=${upstream}\n${scope}:registry=${url}\n`,
      publish: async (tarballs) => {
        for (const tarball of tarballs) {
          await execute('npm', ['publish', tarball, '--userconfig', userconfig], { directory: folder });
        }
      },
      close: async () => {
        const ended = once(server, 'exit');
        server.disconnect();
        await ended;
        await forget();
      },
    };
  } catch (error) {
    await forget();
    throw error;
  }
}

function settings(folder: string, upstream: string): object {
  return {
    storage: join(folder, 'storage'),
    auth: { htpasswd: { file: join(folder, 'htpasswd') } },
    uplinks: { machine: { url: upstream, timeout: '60s', maxage: '60m', max_fails: 5, fail_timeout: '10s' } },
    packages: {
      // Nothing of this name comes from elsewhere.
      '@ais/*': { access: '$all', publish: '$authenticated' },
      'create-ais-*': { access: '$all', publish: '$authenticated' },
      '**': { access: '$all', publish: '$authenticated', proxy: 'machine' },
    },
    max_body_size: '200mb',
    web: { enable: false },
    server: { keepAliveTimeout: 60 },
    log: { type: 'stdout', format: 'pretty', level: 'fatal' },
  };
}

/** Registers a user, who may publish; npm itself asks for nothing else than the token. */
async function register(url: string): Promise<string> {
  const response = await fetch(`${url}-/user/org.couchdb.user:release`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'release', password: 'on-this-machine-alone' }),
  });
  const { token, error } = (await response.json()) as { token?: string; error?: string };
  if (token === undefined) throw new Error(`The registry registered nobody: ${error ?? response.status}`);
  return token;
}
