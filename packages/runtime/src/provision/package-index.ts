import { splitCredentials } from '../download/credentials.js';
import { describeNetwork } from '../download/describe-network.js';
import { limitedResponse } from '../download/limited-response.js';
import { NativeInstallError } from '../errors.js';
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
  const within = AbortSignal.any([AbortSignal.timeout(30_000), ...(signal ? [signal] : [])]);
  let at: URL;
  let response: Response;
  let html: string;
  try {
    ({ at, response } = await follow(page, authorization, within));
    html = response.ok ? await limitedResponse(response, LONGEST_PAGE, () => tooLong(page)).text() : '';
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof NativeInstallError) throw error;
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
  for (const href of linksOf(html)) {
    if (!URL.canParse(href, at)) continue;
    const url = new URL(href, at);
    if (fileName(url) !== wheel.file) continue;
    url.hash = '';
    return { url: url.href, headers: url.origin === page.origin ? authorization : {} };
  }
  throw absent(wheel, page);
}

/** The addresses of a page's links, in order; each tag is looked at once, however it is written. */
function* linksOf(html: string): Generator<string> {
  for (const [tag] of html.matchAll(/<a\s[^>]*/gi)) {
    const [, quoted, single, bare] =
      /\shref\s{0,8}=\s{0,8}(?:"([^"]*)"|'([^']*)'|([^\s>]+))/i.exec(tag) ?? [];
    yield (quoted ?? single ?? bare ?? '').replaceAll('&amp;', '&');
  }
}

/** The last part of an address; undefined where its escapes are none. */
function fileName({ pathname }: URL): string | undefined {
  try {
    return decodeURIComponent(pathname.split('/').at(-1) ?? '');
  } catch {
    return undefined;
  }
}

/** The page of a distribution with thousands of files is some megabytes. */
const LONGEST_PAGE = 64_000_000;
const MOST_REDIRECTS = 5;

/** Asks for a page, and goes where it has moved; credentials stay with the host that they are for, and HTTPS stays HTTPS. */
async function follow(
  page: URL,
  authorization: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<{ readonly at: URL; readonly response: Response }> {
  let at = page;
  for (let moves = 0; moves <= MOST_REDIRECTS; moves += 1) {
    const response = await fetch(at, {
      headers: { accept: 'text/html', ...(at.origin === page.origin ? authorization : {}) },
      redirect: 'manual',
      signal,
    });
    const place = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || place === null) return { at, response };
    await response.body?.cancel();
    const next = URL.canParse(place, at) ? new URL(place, at) : undefined;
    if (
      !next ||
      !/^https?:$/.test(next.protocol) ||
      (at.protocol === 'https:' && next.protocol !== 'https:')
    ) {
      throw refused(page, 'it redirects to an address that is not HTTPS');
    }
    at = next;
  }
  throw refused(page, `it redirects more than ${MOST_REDIRECTS} times`);
}

function tooLong(page: URL): Error {
  return refused(page, `its page of the distribution is longer than ${LONGEST_PAGE / 1e6} MB`);
}

function refused(page: URL, why: string): Error {
  return failure(
    'no-index',
    `The package index ${page.origin} is not used because ${why}. Use another one with --index-url, or give the file with --wheel FILE.`,
  );
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
