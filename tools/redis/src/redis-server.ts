import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A Redis server of a test's own, on loopback. */
export interface RedisServer {
  readonly url: string;
  /** The certificate that it shows, if it speaks TLS: it signed it itself. */
  readonly certificate?: string;
  /** Ends it and starts it again with what it kept. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export const PASSWORD = 'between/us:two';

/** How a Redis server is started. */
export interface RedisServerOptions {
  readonly tls?: boolean;
  /** When its log reaches the disk: with each write, so that a kill loses nothing, or every second, which is Redis's default. */
  readonly flush?: 'always' | 'everysec';
}

/** Starts Debian's `redis-server` with a password, on a free port, in a temporary folder. */
export async function startRedis({
  tls = false,
  flush = 'always',
}: RedisServerOptions = {}): Promise<RedisServer> {
  const directory = await mkdtemp(join(tmpdir(), 'ais-redis-'));
  const port = await freePort();
  const [certificate, key] = [join(directory, 'certificate.pem'), join(directory, 'key.pem')];
  if (tls) await signCertificate(certificate, key);
  const listening = tls
    ? [
        ...['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no'],
        ...['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-ca-cert-file', certificate],
      ]
    : ['--port', String(port)];
  const start = async () => {
    const child = spawn(
      'redis-server',
      [
        ...listening,
        ...['--bind', '127.0.0.1', '--dir', directory, '--requirepass', PASSWORD],
        ...['--appendonly', 'yes', '--appendfsync', flush, '--save', '', '--maxmemory-policy', 'noeviction'],
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const exited = once(child, 'exit');
    for await (const chunk of child.stdout) {
      if (String(chunk).includes('Ready to accept connections')) break;
    }
    return { child, exited };
  };
  let server = await start();
  const end = async (): Promise<void> => {
    server.child.kill('SIGKILL');
    await server.exited;
  };
  return {
    ...(tls && { certificate }),
    url: `${tls ? 'rediss' : 'redis'}://:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}`,
    async restart() {
      await end();
      server = await start();
    },
    async stop() {
      await end();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Makes a self-signed certificate for this machine. */
async function signCertificate(certificate: string, key: string): Promise<void> {
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=ais'],
    ...['-addext', 'subjectAltName=IP:127.0.0.1', '-out', certificate, '-keyout', key],
  ]);
}

/** A port of loopback that nothing listened on a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}
