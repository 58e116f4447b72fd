import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/**
 * What happens to a request: `refuse` answers 500 and does not hand it on; `drop` breaks the connection instead; `lose` hands it on
 * and breaks the connection before the answer; `cut` breaks it in the middle of the answer's body; `delay` answers late.
 */
export type Fault = 'refuse' | 'drop' | 'lose' | 'cut' | 'delay';

/** A server between a client and an HTTP server. */
export interface FaultyProxy {
  readonly endpoint: string;
  /** How often each fault has happened. */
  readonly faults: Map<Fault, number>;
  close(): Promise<void>;
}

/** @param choose what happens to the next request; nothing if it is to pass */
export async function startFaultyProxy(
  target: string,
  choose: (request: IncomingMessage) => Fault | undefined,
): Promise<FaultyProxy> {
  const faults = new Map<Fault, number>();
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method, url, headers } = request;
    const body = await buffer(request);
    const fault = choose(request);
    if (fault !== undefined) faults.set(fault, (faults.get(fault) ?? 0) + 1);
    if (fault === 'drop') return void request.socket.destroy();
    if (fault === 'refuse') {
      response.writeHead(500, { 'content-type': 'application/xml' });
      return void response.end('<Error><Code>InternalError</Code><Message>Try again.</Message></Error>');
    }
    const onward = send(new URL(url ?? '', target), { method, headers });
    onward.end(body);
    const [found] = (await once(onward, 'response')) as [IncomingMessage];
    const content = await buffer(found);
    if (fault === 'lose') return void request.socket.destroy();
    if (fault === 'delay') await new Promise((resolve) => setTimeout(resolve, 50));
    response.writeHead(found.statusCode ?? 500, found.headers);
    if (fault !== 'cut') return void response.end(content);
    // Headers that promise more than comes.
    response.write(content.subarray(0, content.length / 2), () => request.socket.destroy());
    if (content.length < 2) request.socket.destroy();
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => request.socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    faults,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
