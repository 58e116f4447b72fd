import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { patientFetch } from './patient-fetch.js';

afterEach(() => vi.unstubAllEnvs());

test('a long wait goes through the proxy of the environment where Node is told to use that, and only there', async () => {
  const asked: (string | undefined)[] = [];
  const proxy = createServer((request, response) => {
    asked.push(request.url);
    response.end();
  }).on('connect', (request, socket) => {
    asked.push(request.url);
    socket.end('HTTP/1.1 502 No\r\n\r\n');
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as AddressInfo;
  for (const name of ['http_proxy', 'HTTP_PROXY']) vi.stubEnv(name, `http://127.0.0.1:${port}`);
  for (const name of ['no_proxy', 'NO_PROXY']) vi.stubEnv(name, '');
  const ask = async (): Promise<unknown> => {
    const { fetch, timeout } = await patientFetch(301);
    expect(timeout).toBe(301_000);
    return fetch?.(`http://127.0.0.2:${port}/score`, { method: 'POST', body: '{}' }).catch(() => {});
  };
  vi.stubEnv('NODE_USE_ENV_PROXY', '0');
  await ask();
  expect(asked).toEqual([]);
  vi.stubEnv('NODE_USE_ENV_PROXY', '1');
  await ask();
  expect(asked).toEqual([expect.stringContaining('127.0.0.2')]);
  expect(await patientFetch(300)).toEqual({ timeout: 300_000 });
  proxy.closeAllConnections();
  proxy.close();
});
