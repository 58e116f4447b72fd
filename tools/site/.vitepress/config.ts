import { defineConfig } from 'vitepress';
import { referenceSidebar } from '../src/entry-points.js';
import { headingSlug } from '../src/headings.js';
import { sidebar } from '../src/navigation.js';
import { siteContent } from '../src/pages.js';
import { repositoryAddress, siteBase } from '../src/workspace.js';

const { pages } = siteContent();
const repository = repositoryAddress();

export default defineConfig({
  title: 'ais',
  titleTemplate: ':title · ais',
  description: 'Align language models in TypeScript, and see when alignment goes too far.',
  lang: 'en-US',
  base: siteBase(),
  srcDir: '.pages',
  outDir: 'dist',
  cacheDir: 'node_modules/.vitepress',
  cleanUrls: true,
  head: [
    ['link', { rel: 'icon', type: 'image/svg+xml', href: `${siteBase()}logo.svg` }],
    ['meta', { name: 'theme-color', content: '#0f766e' }],
  ],
  markdown: {
    anchor: { slugify: headingSlug },
    languageAlias: { mjs: 'js' },
    config(md) {
      // Vue reads {{ }} in text and in code; pages mean it.
      for (const rule of ['text', 'code_inline'] as const) {
        const render = md.renderer.rules[rule];
        md.renderer.rules[rule] = (...given) => (render?.(...given) ?? '').replaceAll('{{', '&#123;&#123;');
      }
    },
  },
  vite: {
    // The packages' sources, so that live pages need no build of them.
    resolve: { conditions: ['@ais/source'] },
    // The index of the search is the largest, and loads with the first search.
    build: { chunkSizeWarningLimit: 3000 },
    // Live pages' workers load back ends when they need them.
    worker: { format: 'es' },
  },
  themeConfig: {
    logo: '/logo.svg',
    nav: [
      { text: 'Quick start', link: '/quick-start/', activeMatch: '/quick-start/|/tutorial' },
      { text: 'Recipes', link: '/how-to/', activeMatch: '/how-to/' },
      { text: 'Results', link: '/results/', activeMatch: '/results/' },
      {
        text: 'Reference',
        items: [
          { text: 'Commands', link: '/reference/commands' },
          { text: 'Settings', link: '/reference/settings' },
          { text: 'Objectives', link: '/objectives/' },
          { text: 'From TRL', link: '/migrate-from-trl' },
          ...referenceSidebar().filter(({ text }) => text.split('/').length === 2),
        ],
      },
    ],
    sidebar: sidebar(pages, [{ text: 'Public names', items: referenceSidebar(), collapsed: true }]),
    outline: { level: [2, 3] },
    search: {
      provider: 'local',
      options: {
        // Of the reference names and comments are found, not signatures and tables.
        _render(text, env, md) {
          const isReference = /^reference\/[^/]+\//.test(env.relativePath ?? '');
          const html = md.render(isReference ? text.replace(/^```[\s\S]*?^```$|^\|.*$/gm, '') : text, env);
          return env.frontmatter?.search === false ? '' : html;
        },
      },
    },
    socialLinks: [{ icon: 'github', link: repository }],
    editLink: {
      text: 'Edit this page',
      // It runs in the page, where nothing of this file is.
      pattern: ({ frontmatter }) => String(frontmatter['edit']),
    },
    footer: { message: 'Apache-2.0' },
  },
});
