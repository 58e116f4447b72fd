import type { SitePage } from './pages.js';

/** A place in the sidebar, as VitePress has it. */
export interface SidebarItem {
  readonly text: string;
  readonly link?: string;
  readonly items?: readonly SidebarItem[];
  readonly collapsed?: boolean;
}

interface Section {
  readonly title: string;
  /** Pages by their path on the site; `folder/*` stands for the pages of a folder that no other line names. */
  readonly pages: readonly string[];
  readonly collapsed?: boolean;
}

/** Pages whose titles say too little beside others. */
const names: Readonly<Record<string, string>> = {
  'overview.md': 'What it is',
  'documentation.md': 'All pages',
  'quick-start/index.md': 'Which quick start?',
  'tutorial.md': 'Tutorial',
  'how-to/index.md': 'All recipes',
  'results/index.md': 'All claims',
  'results/exact/index.md': 'The exact study’s results',
  'results/second/index.md': 'A second policy and judge',
  'results/describe/index.md': 'Longer responses',
  'results/smollm2/index.md': 'SmolLM2',
  'decisions/index.md': 'All decisions',
  'objectives/index.md': 'All objectives',
  'benchmarks/index.md': 'Running the benchmarks',
};

/** The order of the site. */
const sections: readonly Section[] = [
  {
    title: 'Start',
    pages: ['overview.md', 'quick-start/*', 'tutorial.md', 'documentation.md'],
  },
  { title: 'Live', pages: ['live/*'] },
  {
    title: 'Recipes',
    pages: [
      'how-to/index.md',
      'how-to/use-your-data.md',
      'how-to/add-a-source.md',
      'how-to/train-on-conversations.md',
      'write-an-objective.md',
      'how-to/add-a-scorer.md',
      'how-to/use-your-model.md',
      'how-to/add-a-model-family.md',
      'how-to/from-trl-and-back.md',
      'how-to/run-with-transformers.md',
      'how-to/run-with-llama-cpp.md',
      'how-to/run-in-a-browser.md',
      'how-to/train-in-several-processes.md',
      'how-to/split-long-work.md',
      'how-to/add-a-study.md',
      'how-to/run-on-several-machines.md',
      'how-to/run-on-slurm.md',
      'how-to/keep-stages-in-s3.md',
      'how-to/add-a-back-end.md',
      'how-to/*',
    ],
  },
  {
    title: 'Understand',
    pages: [
      'when-to-use-ais.md',
      'importance-weights.md',
      'sum-or-mean.md',
      'exact-study.md',
      'reading-a-run.md',
      'troubleshooting.md',
      'never-silently-wrong.md',
      'trust.md',
    ],
  },
  {
    title: 'Results',
    pages: ['results/index.md', 'results/*', 'statistics.md', 'performance.md', 'benchmarks/index.md'],
  },
  {
    title: 'Reference',
    pages: [
      'reference/commands.md',
      'reference/settings.md',
      'migrate-from-trl.md',
      'runtimes.md',
      'reference/*',
    ],
  },
  { title: 'Packages', pages: ['packages/*'], collapsed: true },
  { title: 'Objectives', pages: ['objectives/index.md', 'objectives/*'], collapsed: true },
  { title: 'Examples', pages: ['examples/*'], collapsed: true },
  { title: 'Decisions', pages: ['decisions/index.md', 'decisions/*'], collapsed: true },
  { title: 'Project', pages: ['*'], collapsed: true },
];

/** The sidebar: every page of the site once, but the home page. */
export function sidebar(pages: readonly SitePage[], reference: readonly SidebarItem[] = []): SidebarItem[] {
  const named = new Set(sections.flatMap((section) => section.pages));
  const known = new Map(pages.map((page) => [page.path, page]));
  return sections.flatMap(({ title, pages: patterns, collapsed }) => {
    const paths = patterns.flatMap((pattern) => matching(pattern, pages, named));
    const items = paths.flatMap((path): SidebarItem[] => {
      const page = known.get(path);
      return page ? [{ text: names[path] ?? page.title, link: linkOf(path) }] : [];
    });
    const all = title === 'Reference' ? [...items, ...reference] : items;
    return all.length > 0 ? [{ text: title, items: all, ...(collapsed && { collapsed }) }] : [];
  });
}

/** `how-to/index.md` → `/how-to/`. */
export function linkOf(path: string): string {
  return `/${path.replace(/(^|\/)index\.md$/, '$1').replace(/\.md$/, '')}`;
}

function matching(pattern: string, pages: readonly SitePage[], named: ReadonlySet<string>): string[] {
  if (!pattern.endsWith('*')) return [pattern];
  const folder = pattern.slice(0, -1);
  return pages
    .map(({ path }) => path)
    .filter((path) => path.startsWith(folder) && !named.has(path) && path !== 'index.md')
    .filter((path) => folder !== '' || !path.includes('/'));
}
