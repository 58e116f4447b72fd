import { createHash } from 'node:crypto';
import { html, type Markup, trusted } from './markup.js';
import { pageStyle } from './page-style.js';

export interface Page {
  /** What the browser's tab shows. */
  readonly title: string;
  readonly header: Markup;
  readonly main: Markup;
  readonly footer?: Markup;
  /** Rules beside those that every report has. */
  readonly style?: string;
  /** A script inside the page, the only one that its policy lets run. */
  readonly script?: string;
  /** Whether the script may ask the server that the page came from; nothing else, ever. */
  readonly asksServer?: boolean;
}

/** A whole HTML page that loads nothing: its policy forbids every request and every other script. */
export function renderPage({
  title,
  header,
  main,
  footer,
  style = '',
  script,
  asksServer = false,
}: Page): string {
  const scripts = script
    ? ` script-src 'sha256-${createHash('sha256').update(script).digest('base64')}';`
    : '';
  const requests = asksServer ? " connect-src 'self';" : '';
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none';${trusted(scripts + requests)} style-src 'unsafe-inline'; img-src data:">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${trusted(pageStyle + style)}</style>
</head>
<body>
<header>
${header}
</header>
<main>
${main}
</main>
${footer ? html`<footer>${footer}</footer>\n` : ''}${script ? html`<script>${trusted(script)}</script>\n` : ''}</body>
</html>
`;
  return page.markup;
}
