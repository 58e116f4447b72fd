import type { Redis } from 'ioredis';
import { WorkflowError } from '../errors.js';

/**
 * Connects to the Redis server of a URL: `redis://[:password@]host[:port][/database]`, or `rediss://` for TLS.
 *
 * It reconnects for as long as it is open. What goes wrong meanwhile is told, without the URL's password.
 *
 * @param signal ends the wait for the first answer
 * @param isStopped whether a server that is away is waited for no longer than some seconds more: then what is asked of it fails
 * @throws {WorkflowError} `invalid-address`; `missing-package` if `ioredis` is not installed; `access-denied`
 * @throws the signal's reason if it aborts before the server has answered
 */
export async function connectRedis(
  url: string,
  onWarning: (message: string) => void,
  signal?: AbortSignal,
  isStopped: () => boolean = () => signal?.aborted === true,
): Promise<Redis> {
  const address = parse(url);
  const { Redis: Client } = await import('ioredis').catch((cause: unknown) => {
    throw new WorkflowError(
      'missing-package',
      'a queue on Redis needs the packages bullmq and ioredis. Install them: npm install bullmq ioredis',
      { cause },
    );
  });
  const client = new Client(url, {
    maxRetriesPerRequest: null,
    retryStrategy: (times) => (isStopped() && times > LAST_TRIES ? null : Math.min(100 * 2 ** times, 5000)),
  });
  let told = '';
  client.on('error', (error: Error) => {
    const message = `Redis at ${withoutSecrets(address)}: ${error.message || error.name}`;
    if (message !== told) onWarning(message);
    told = message;
  });
  client.on('ready', () => {
    told = '';
  });
  let giveUp = (): void => {};
  try {
    await new Promise<void>((resolve, reject) => {
      giveUp = () => reject(signal?.reason);
      if (signal?.aborted) giveUp();
      signal?.addEventListener('abort', giveUp);
      client.once('ready', resolve);
      client.on('error', (error: Error) => {
        const refusal = refusalOf(error, `Redis at ${withoutSecrets(address)}`);
        if (refusal) reject(refusal);
      });
    });
  } catch (error) {
    client.disconnect();
    throw error;
  } finally {
    signal?.removeEventListener('abort', giveUp);
  }
  return client;
}

/** Tries to connect again once the signal has aborted: three seconds. */
const LAST_TRIES = 4;

/** Another connection to the server of one, of which nothing is told. */
export function connectBeside(client: Redis): Redis {
  const other = client.duplicate();
  other.on('error', () => {});
  return other;
}

/** What no further try would change; nothing if one may. */
function refusalOf(error: NodeJS.ErrnoException, server: string): WorkflowError | undefined {
  const { message, code = '' } = error;
  if (/^(WRONGPASS|NOAUTH|NOPERM)/.test(message)) {
    const remedy = 'Check the user and the password in its address.';
    return new WorkflowError('access-denied', `${server} denies access: ${message}. ${remedy}`);
  }
  if (/CERT|UNABLE_TO_(GET|VERIFY)/.test(code)) {
    const remedy = 'If its authority is your own, name the file with its certificate in NODE_EXTRA_CA_CERTS.';
    return new WorkflowError(
      'access-denied',
      `${server} has a certificate that is not trusted (${code}). ${remedy}`,
    );
  }
  return undefined;
}

/** A Redis URL as it may be shown: user and password are left out. */
function withoutSecrets({ protocol, host, pathname }: URL): string {
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
}

function parse(url: string): URL {
  const address = URL.canParse(url) ? new URL(url) : undefined;
  if (address && ['redis:', 'rediss:'].includes(address.protocol) && address.hostname !== '') return address;
  // The text is not shown: it may hold a password.
  throw new WorkflowError(
    'invalid-address',
    'the address of a Redis server is redis://:password@host:port, or rediss://… for TLS.',
  );
}
