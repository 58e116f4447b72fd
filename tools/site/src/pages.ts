import { dirname, join, normalize } from 'node:path';
import { readText, repositoryAddress, workspaceFiles } from './workspace.js';

/** A page of the site, from one Markdown file of the workspace. */
export interface SitePage {
  /** The file in the workspace: `docs/tutorial.md`. */
  readonly source: string;
  /** The file on the site: `tutorial.md`. */
  readonly path: string;
  readonly title: string;
  /** Its first sentences, without markup. */
  readonly description: string;
  /** Markdown with the links of the site. */
  readonly text: string;
}

/** The pages of the site, and the files that they show or offer. */
export interface SiteContent {
  readonly pages: readonly SitePage[];
  /** Files of the workspace that pages link to; the site has them under `files/`. */
  readonly files: ReadonlySet<string>;
}

/** Pages that are elsewhere on the site than in the workspace. */
const moved: Readonly<Record<string, string>> = {
  'README.md': 'overview.md',
  'docs/README.md': 'documentation.md',
  'docs/benchmarks.md': 'performance.md',
  'ARCHITECTURE.md': 'architecture.md',
  'CONTRIBUTING.md': 'contributing.md',
};

/** Pages made of many numbers, which a search would only find by accident. */
const unsearched: ReadonlySet<string> = new Set(['docs/results/README.md', 'docs/results/exact/README.md']);

/** Where a Markdown file of the workspace is on the site; undefined if it is none of its pages. */
export function sitePathOf(source: string): string | undefined {
  if (moved[source]) return moved[source];
  if (source.startsWith('tools/site/pages/')) return source.slice('tools/site/pages/'.length);
  if (source.startsWith('docs/')) return source.slice('docs/'.length).replace(/README\.md$/, 'index.md');
  if (/^(packages|examples)\/[^/]+\/README\.md$/.test(source) || source === 'benchmarks/README.md') {
    return source.replace(/README\.md$/, 'index.md');
  }
  if (/^[A-Z-]+\.md$/.test(source)) return source.toLowerCase();
  return undefined;
}

/** All pages of the site but the reference of the packages, which is made from their code. */
export function siteContent(all: ReadonlySet<string> = workspaceFiles()): SiteContent {
  const repository = repositoryAddress();
  const files = new Set<string>();
  const pages = [...all].sort().flatMap((source) => {
    const path = sitePathOf(source);
    if (!source.endsWith('.md') || path === undefined) return [];
    const markdown = readText(source);
    const { frontmatter, body } = split(markdown);
    const title = /^# (.*)$/m.exec(body)?.[1] ?? /^title: (.*)$/m.exec(frontmatter)?.[1] ?? source;
    const description = beginning(body);
    const text = withDrawing(withSiteLinks(body, source, all, files, repository));
    const own = (key: string): boolean => new RegExp(`^${key}: `, 'm').test(frontmatter);
    const head = [
      frontmatter,
      ...(own('title') ? [] : [`title: ${JSON.stringify(plain(title))}`]),
      ...(own('description') ? [] : [`description: ${JSON.stringify(description)}`]),
      `edit: ${repository}/edit/main/${source}`,
      ...(unsearched.has(source) ? ['search: false'] : []),
    ].filter((line) => line !== '');
    return [
      { source, path, title: plain(title), description, text: `---\n${head.join('\n')}\n---\n\n${text}` },
    ];
  });
  return { pages, files };
}

/** A page whose flowchart, which GitHub draws, is the drawing of the packages. */
function withDrawing(text: string): string {
  return text.replace(/^```mermaid\n[\s\S]*?^```$/m, '<Figure name="packages">Who imports whom.</Figure>');
}

function split(markdown: string): { frontmatter: string; body: string } {
  const found = /^---\n([\s\S]*?)\n---\n/.exec(markdown);
  return { frontmatter: found?.[1] ?? '', body: found ? markdown.slice(found[0].length) : markdown };
}

/**
 * A page with its links as the site has them: those to Markdown lead to the site's pages, those to pictures and data to copies, and
 * those to code to the repository. READMEs have addresses in the repository, for npm; these count as paths.
 */
export function withSiteLinks(
  markdown: string,
  source: string,
  all: ReadonlySet<string>,
  files: Set<string>,
  repository: string,
): string {
  const pageAt = (target: string): string | undefined =>
    target.endsWith('.md') && all.has(target) ? sitePathOf(target) : undefined;
  const ownPath = (link: string): string | undefined =>
    [`${repository}/blob/main/`, `${repository}/tree/main/`]
      .filter((start) => link.startsWith(start))
      .map((start) => link.slice(start.length))[0];
  const rewritten = (whole: string, picture: string, label: string, link: string): string => {
    const inner = label.replace(linkPattern, rewritten);
    const own = ownPath(link);
    if (own === undefined && /^([a-z]+:|#)/.test(link)) return `${picture}[${inner}](${link})`;
    const [path = '', anchor] = (own ?? join(dirname(source), link)).split('#');
    const target = normalize(decodeURI(path)).replace(/\/$/, '');
    const page = pageAt(target) ?? pageAt(`${target}/README.md`);
    if (page !== undefined)
      return `${picture}[${inner}](/${page}${anchor === undefined ? '' : `#${anchor}`})`;
    if (/^docs\/.*\.[a-z]+$/.test(target) && all.has(target)) {
      files.add(target);
      return picture ? `![${inner}](/files/${target})` : `[${inner}](/files/${target}){target="_self"}`;
    }
    if (picture) throw new Error(`${source}: ${whole}: a picture must be in docs/.`);
    return `[${inner}](${repository}/tree/main/${target}${anchor === undefined ? '' : `#${anchor}`})`;
  };
  return outsideCode(markdown, (text) => text.replace(linkPattern, rewritten));
}

/** A link or a picture; the label of a link may be a picture. */
const linkPattern = /(!?)\[((?:[^\][]|!?\[[^\]]*\](?:\([^)]*\))?)*)\]\(([^)\s]+)\)/g;

/** Changes what is not code: fenced blocks and code spans stay as they are. */
function outsideCode(markdown: string, change: (text: string) => string): string {
  return markdown
    .split(/(^```[\s\S]*?^```$)/m)
    .map((part, index) => (index % 2 === 1 ? part : withoutSpans(part, change)))
    .join('');
}

/** Changes a text whose code spans are out of the way meanwhile: a link's label may hold one. */
function withoutSpans(text: string, change: (text: string) => string): string {
  const spans: string[] = [];
  const held = text.replace(/(`+)[^`][\s\S]*?\1/g, (span) => `\uE000${spans.push(span) - 1}\uE000`);
  return change(held).replace(/\uE000(\d+)\uE000/g, (_, index: string) => spans[Number(index)] ?? '');
}

/** The first sentences of a page, or the first item of a list or a table where it begins with one; 220 characters at most. */
function beginning(body: string): string {
  const parts = body
    .replace(/^```[\s\S]*?^```$/gm, '')
    .replace(/<!--[\s\S]*?-->/g, '')
    .split(/\n{2,}/)
    .map((part) => part.trim())
    .filter((part) => part !== '' && !/^(#|>|<|!\[)/.test(part));
  const [paragraph] = parts.filter((part) => !/^(\||[-*] )/.test(part));
  const [item] = parts.map((part) => part.split(/\n(?=[-|*])/)[0] ?? '');
  const text = plain(paragraph ?? item ?? '')
    .replace(/\s+/g, ' ')
    .replace(/^[-*|] /, '');
  if (text.length <= 220) return text;
  const sentences = text.slice(0, 220).match(/^.*[.!?](?= )/)?.[0];
  return sentences ?? `${text.slice(0, 200).replace(/ \S*$/, '')} …`;
}

/** A text without links, code marks, and emphasis. */
function plain(markdown: string): string {
  return markdown
    .replace(/!?\[((?:[^\][]|\[[^\]]*\])*)\]\([^)]*\)/g, '$1')
    .replace(/`([^`]*)`/g, '$1')
    .replace(/(\*\*|\*)(\S[^*]*)\1/g, '$2');
}
