import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { locateWheel } from './package-index.js';

const wheel = {
  distribution: 'tensorflow-fake',
  version: '1.0',
  file: 'tensorflow_fake-1.0-cp311-cp311-manylinux_2_17_x86_64.whl',
  sha256: '',
  bytes: 1,
};
let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

async function serve(handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  server = createServer(handler);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const page = (link: string): string =>
  `<!doctype html><body><a href="other-1.0.whl">other-1.0.whl</a>\n<a class="x" ${link}>${wheel.file}</a></body>`;

describe('locateWheel', () => {
  it.each([
    ['relative, with a hash', `href="../../files/${wheel.file}#sha256=abc"`, `/files/${wheel.file}`],
    ['absolute, in single quotes', `href='/deep/${wheel.file}'`, `/deep/${wheel.file}`],
    ['escaped', `href="/x/${wheel.file}?a=1&amp;b=2"`, `/x/${wheel.file}?a=1&b=2`],
    ['bare', `href=/y/${wheel.file}`, `/y/${wheel.file}`],
  ])('finds a link that is %s', async (_, link, expected) => {
    let path: string | undefined;
    const origin = await serve(({ url }, response) => {
      path = url;
      response.end(page(link));
    });
    expect(await locateWheel(`${origin}/simple`, wheel)).toEqual({
      url: `${origin}${expected}`,
      headers: {},
    });
    expect(path).toBe('/simple/tensorflow-fake/');
  });

  it('passes over links that are none, and does not read a page again and again', async () => {
    const broken = `<a href="/%zz"></a><a href="http://["></a><a name="x"></a><a ${'<a '.repeat(300_000)}></a>`;
    const origin = await serve((_, response) => response.end(broken + page(`href="/files/${wheel.file}"`)));
    expect(await locateWheel(origin, wheel)).toMatchObject({ url: `${origin}/files/${wheel.file}` });
  });

  it('sends the credentials of the index to the index, and to no other host', async () => {
    let seen: string | undefined;
    let link = `href="/files/${wheel.file}"`;
    const origin = await serve(({ headers }, response) => {
      seen = headers.authorization;
      response.end(page(link));
    });
    const index = `${origin.replace('//', '//user:p%40ss@')}/simple/`;
    const authorization = `Basic ${Buffer.from('user:p@ss').toString('base64')}`;
    expect(await locateWheel(index, wheel)).toEqual({
      url: `${origin}/files/${wheel.file}`,
      headers: { authorization },
    });
    expect(seen).toBe(authorization);
    link = `href="http://127.0.0.2:9/${wheel.file}"`;
    expect(await locateWheel(index, wheel)).toMatchObject({ headers: {} });
  });

  it.each([
    ['lists other files', 200, '<a href="other.whl">other.whl</a>', 'wheel-not-found'],
    ['does not know the distribution', 404, '', 'wheel-not-found'],
    ['fails', 500, '', 'no-index'],
  ])('says so where the index %s', async (_, status, body, code) => {
    const origin = await serve((__, response) => response.writeHead(status).end(body));
    await expect(locateWheel(origin, wheel)).rejects.toMatchObject({
      code,
      message: expect.stringContaining('--wheel FILE'),
    });
  });

  it('follows a few redirects, and sends credentials to no other host', async () => {
    const seen: (string | undefined)[] = [];
    const elsewhere = await serve(({ headers }, response) => {
      seen.push(headers.authorization);
      response.end(page(`href="files/${wheel.file}"`));
    });
    const other = server;
    const origin = await serve(({ headers }, response) => {
      seen.push(headers.authorization);
      response.writeHead(302, { location: `${elsewhere}/moved/` }).end();
    });
    try {
      expect(await locateWheel(`${origin.replace('//', '//user:pass@')}/simple/`, wheel)).toMatchObject({
        url: `${elsewhere}/moved/files/${wheel.file}`,
      });
      expect(seen).toEqual([expect.stringContaining('Basic'), undefined]);
    } finally {
      other?.closeAllConnections();
      other?.close();
    }
  });

  it.each([
    ['redirects in a circle', '/again/', /redirects more than 5 times/],
    ['redirects to a file', 'file:///etc/passwd', /not HTTPS/],
    ['redirects to nothing', 'http://', /not HTTPS/],
  ])('refuses an index that %s', async (_, location, message) => {
    const origin = await serve((__, response) => response.writeHead(302, { location }).end());
    await expect(locateWheel(origin, wheel)).rejects.toMatchObject({
      code: 'no-index',
      message: expect.stringMatching(message),
    });
  });

  it('stops reading a page that does not end', async () => {
    const chunk = Buffer.alloc(1 << 20, ' ');
    let sent = 0;
    const origin = await serve((_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(chunk)) sent += chunk.length;
      };
      response.on('drain', more);
      more();
    });
    await expect(locateWheel(origin, wheel)).rejects.toMatchObject({
      code: 'no-index',
      message: expect.stringMatching(/longer than 64 MB/),
    });
    expect(sent).toBeLessThan(256_000_000);
  });

  it('says so where nothing answers, or the URL is none', async () => {
    const origin = await serve(() => {});
    server?.close();
    server?.closeAllConnections();
    await expect(locateWheel(origin, wheel)).rejects.toMatchObject({ code: 'no-index' });
    await expect(locateWheel('my-index', wheel)).rejects.toMatchObject({ code: 'no-index' });
    await expect(locateWheel('file:///tmp', wheel)).rejects.toMatchObject({ code: 'no-index' });
  });
});
