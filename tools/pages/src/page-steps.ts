/** What a reader of a page does at one place of it: run commands, or save a file. */
export type PageStep =
  | {
      readonly kind: 'commands';
      readonly line: number;
      readonly script: string;
      /** What the commands print, as the page shows it; nothing where it does not. */
      readonly printed?: string;
    }
  | { readonly kind: 'file'; readonly line: number; readonly path: string; readonly content: string };

const FENCED = /^```(\S*)\n(.*?)^```$/gms;

/** The end of the paragraph above a block that is a file: `name.js` and a colon. */
const NAMED = /`([\w./-]+\.\w+)`[^`\n]*:\n\n$/;

export interface PageStepsOptions {
  /** Also the commands of `console` blocks, behind `$`, which download or compile; what they print follows them. */
  readonly console?: boolean;
}

/**
 * The steps of a page, in order. A block of `sh` holds commands, and a block of `text` right after it what they print. A block
 * of any other language is a file if the line above it names one and ends in a colon.
 */
export function pageSteps(page: string, { console = false }: PageStepsOptions = {}): PageStep[] {
  const steps: PageStep[] = [];
  /** Where the last block of commands ends. */
  let end = 0;
  for (const { 0: block, 1: language, 2: content = '', index } of page.matchAll(FENCED)) {
    const line = page.slice(0, index).split('\n').length;
    const path = NAMED.exec(page.slice(0, index))?.[1];
    const last = steps.at(-1);
    if (language === 'sh') {
      steps.push({ kind: 'commands', line, script: content });
      end = index + block.length;
    } else if (language === 'console' && console) {
      steps.push(...consoleSteps(content, line));
    } else if (language === 'text' && last?.kind === 'commands' && page.slice(end, index).trim() === '') {
      steps[steps.length - 1] = { ...last, printed: content };
    } else if (path !== undefined) steps.push({ kind: 'file', line, path, content });
  }
  return steps;
}

/** A step for each command of a `console` block. */
function consoleSteps(content: string, line: number): PageStep[] {
  return content
    .split(/^\$ /m)
    .slice(1)
    .map((text) => {
      const [script = '', printed = ''] = text.split(/(?<!\\)\n(.*)/s);
      return { kind: 'commands', line, script, ...(printed.trim() !== '' && { printed }) };
    });
}
