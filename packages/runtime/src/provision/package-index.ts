import { splitCredentials } from '../download/credentials.js';
import { describeNetwork } from '../download/describe-network.js';
import { failure } from './failures.js';
import type { Wheel } from './wheels.js';

export interface WheelLocation {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Looks a wheel up in a Python package index (the simple repository API, PEP 503).
 *
 * @param indexUrl the index, as pip's `--index-url` takes it; it may carry credentials
 * @returns where the file lies, with the header that authorizes reading it where that is needed
 * @throws {NativeInstallError} `no-index` where the index does not answer as one, `wheel-not-found` where it
 *   does not have the file
 */
export async function locateWheel(
  indexUrl: string,
  wheel: Wheel,
  signal?: AbortSignal,
): Promise<WheelLocation> {
  const { url: base, headers: authorization } = splitCredentials(checkIndexUrl(indexUrl));
  const page = new URL(`${wheel.distribution}/`, base);
  let response: Response;
  try {
    response = await fetch(page, {
      headers: { accept: 'text/html', ...authorization },
      signal: AbortSignal.any([AbortSignal.timeout(30_000), ...(signal ? [signal] : [])]),
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw failure(
      'no-index',
      `The package index ${page.origin} does not answer (${describeNetwork(error)}). Use another one with --index-url, or give the file with --wheel FILE.`,
      error,
    );
  }
  if (!response.ok) {
    await response.body?.cancel();
    throw response.status === 404
      ? absent(wheel, page)
      : failure(
          'no-index',
          `The package index ${page.origin} answered with HTTP ${response.status}. Use another one with --index-url, or give the file with --wheel FILE.`,
        );
  }
  const html = await response.text();
  for (const [, quoted, single, bare] of html.matchAll(
    /<a\s[^>]*?href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))/gi,
  )) {
    const href = (quoted ?? single ?? bare ?? '').replaceAll('&amp;', '&');
    if (!URL.canParse(href, response.url)) continue;
    const url = new URL(href, response.url);
    if (decodeURIComponent(url.pathname.split('/').at(-1) ?? '') !== wheel.file) continue;
    url.hash = '';
    return { url: url.href, headers: url.origin === page.origin ? authorization : {} };
  }
  throw absent(wheel, page);
}

function checkIndexUrl(indexUrl: string): string {
  const url = URL.canParse(indexUrl) ? new URL(indexUrl) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw failure(
      'no-index',
      `--index-url is not an address. Give one that starts with https://, such as pip's --index-url takes.`,
    );
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url.href;
}

function absent(wheel: Wheel, page: URL): Error {
  return failure(
    'wheel-not-found',
    `The package index ${page.origin} does not have ${wheel.file}. Use another one with --index-url, or give the file with --wheel FILE.`,
  );
}
