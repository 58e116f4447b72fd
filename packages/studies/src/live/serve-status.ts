import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { type LiveStatus, shownStatus } from './live-status.js';
import { renderStatusPage } from './status-page.js';

/** What a live page shows, and where. */
export interface ServeStatusOptions {
  /** The page's title: a study's folder, or a queue's name. */
  readonly title: string;
  readonly status: () => Promise<LiveStatus>;
  /** The folder whose `report.html` is served beside it, once there is one. */
  readonly directory?: string;
  /** The port on loopback; a free one by default. */
  readonly port?: number;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Told the page's address. */
  readonly onListening: (address: string) => void;
}

/** Milliseconds for which a status is news, beside four times as long as it took. */
const NEWS_MS = 1_500;

/**
 * Serves a live page of a study or a queue on this machine's loopback until the signal aborts.
 *
 * The page asks no other server, and requests under a name other than this machine's own get no answer.
 *
 * @throws the error of the port, if it is taken
 * @example
 * const stop = new AbortController();
 * await serveStatus({
 *   title: 'my study',
 *   status: async () => ({ running: 1, waiting: 2, failed: 0, stages: [{ title: 'SFT', state: 'running' }] }),
 *   signal: stop.signal,
 *   onListening: () => stop.abort(), // or show the address and keep serving
 * });
 */
export async function serveStatus(options: ServeStatusOptions): Promise<void> {
  const { title, status, directory, port = 0, signal, onListening } = options;
  const page = renderStatusPage(title);
  const news = remembered(async () =>
    JSON.stringify({ ...shownStatus(await status()), ...(await reported()) }),
  );
  const report = async (): Promise<Buffer | undefined> =>
    directory === undefined ? undefined : readFile(join(directory, 'report.html')).catch(() => undefined);
  const reported = async (): Promise<object> => ({ report: (await report()) !== undefined });
  const respond = async (path: string): Promise<Answer> => {
    if (path === '/') return { type: 'text/html', body: page };
    if (path === '/status.json') {
      try {
        return { type: 'application/json', body: await news() };
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        return { code: 500, type: 'application/json', body: JSON.stringify({ error: message }) };
      }
    }
    const found = path === '/report.html' ? await report() : undefined;
    return found
      ? { type: 'text/html', body: found }
      : { code: 404, type: 'text/plain', body: 'Not found.\n' };
  };
  const server = createServer((request, response) => {
    void answerTo(request, respond).then((answer) => send(response, answer));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  onListening(`http://127.0.0.1:${typeof address === 'object' && address ? address.port : port}/`);
  if (!signal.aborted) await once(signal, 'abort');
  server.closeAllConnections();
  server.close();
}

interface Answer {
  readonly code?: number;
  readonly type: 'text/html' | 'text/plain' | 'application/json';
  readonly body: string | Buffer;
}

async function answerTo(
  { method, url = '/', headers: { host = '' } }: IncomingMessage,
  respond: (path: string) => Promise<Answer>,
): Promise<Answer> {
  // A page from elsewhere whose name was turned to this address would read the status.
  if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host)) {
    return { code: 403, type: 'text/plain', body: 'This page is at http://127.0.0.1 only.\n' };
  }
  if (method !== 'GET') return { code: 405, type: 'text/plain', body: 'Only GET.\n' };
  return respond(url.split('?', 1)[0] ?? '/');
}

function send(response: ServerResponse, { code = 200, type, body }: Answer): void {
  response.writeHead(code, {
    'content-type': `${type}; charset=utf-8`,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
  });
  response.end(body);
}

/** What is asked for once, however many ask, and not again for a while. */
function remembered<T>(ask: () => Promise<T>): () => Promise<T> {
  let last: Promise<T> | undefined;
  let until = 0;
  return () => {
    if (last && performance.now() < until) return last;
    until = Number.POSITIVE_INFINITY;
    const began = performance.now();
    last = ask().finally(() => {
      const now = performance.now();
      until = now + NEWS_MS + 4 * (now - began);
    });
    return last;
  };
}
