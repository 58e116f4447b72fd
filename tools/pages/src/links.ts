/** The links and pictures of a page that lead to files of the workspace. */
export function linksOf(page: string): string[] {
  const links = [...withoutCode(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links.filter((link) => !/^[a-z]+:/.test(link));
}

/** What a page links to on the repository's own site, as paths from the root of the workspace. */
export function ownLinksOf(page: string, address: string): string[] {
  const links = [...withoutCode(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links.flatMap((link) =>
    [`${address}/blob/main/`, `${address}/tree/main/`]
      .filter((start) => link.startsWith(start))
      .map((start) => link.slice(start.length)),
  );
}

/** What links to a page may have after `#`, as GitHub makes it of headings. */
export function anchorsOf(page: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of page.replace(/^```.*?^```$/gms, '').matchAll(/^#+ (.*)$/gm)) {
    const anchor = heading
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-');
    let unique = anchor;
    for (let number = 1; anchors.has(unique); number += 1) unique = `${anchor}-${number}`;
    anchors.add(unique);
  }
  return anchors;
}

/** What a page names in code as a path within the workspace's own folders; patterns are left out. */
export function pathsOf(page: string): string[] {
  const paths = [...page.matchAll(/`((?:packages|tools|docs|examples|benchmarks)\/[^`\s]*)`/g)];
  return paths.map(([, path = '']) => path).filter((path) => !/[*<…{]|\b(dist|node_modules)\b/.test(path));
}

function withoutCode(page: string): string {
  return page.replace(/^```.*?^```$/gms, '').replace(/`[^`\n]*`/g, '');
}
