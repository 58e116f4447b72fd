import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';

/** The links, pictures, scripts, and styles of a built site that lead nowhere, each with the page that has it. */
export function brokenLinks(folder: string, base: string): string[] {
  const pages = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.html') && !file.startsWith('files/'))
    .sort();
  const anchors = new Map<string, ReadonlySet<string>>();
  const anchorsOf = (file: string): ReadonlySet<string> => {
    const known = anchors.get(file) ?? idsOf(readFileSync(join(folder, file), 'utf8'));
    anchors.set(file, known);
    return known;
  };
  return pages.flatMap((page) =>
    linksOf(readFileSync(join(folder, page), 'utf8'))
      .filter((link) => {
        if (/^([a-z]+:|\/\/)/.test(link)) return false;
        const { pathname, hash } = new URL(link, `http://site${base}${posix.normalize(page)}`);
        if (!pathname.startsWith(base)) return true;
        const file = fileOf(folder, decodeURIComponent(pathname.slice(base.length)));
        if (file === undefined) return true;
        return (
          hash !== '' && file.endsWith('.html') && !anchorsOf(file).has(decodeURIComponent(hash.slice(1)))
        );
      })
      .map((link) => `${page}: ${link}`),
  );
}

/** What a page of HTML leads to or needs. */
export function linksOf(html: string): string[] {
  return [...html.matchAll(/<(?:a|img|link|script|source)\b[^>]*?\s(?:href|src)="([^"]*)"/g)].map(
    ([, link = '']) => link.replaceAll('&amp;', '&'),
  );
}

function idsOf(html: string): ReadonlySet<string> {
  return new Set([...html.matchAll(/\sid="([^"]*)"/g)].map(([, id = '']) => id.replaceAll('&amp;', '&')));
}

/** The file that a server of clean addresses sends for a path. */
function fileOf(folder: string, path: string): string | undefined {
  const candidates = path === '' || path.endsWith('/') ? [`${path}index.html`] : [path, `${path}.html`];
  return candidates.find((file) => existsSync(join(folder, file)) && statSync(join(folder, file)).isFile());
}
