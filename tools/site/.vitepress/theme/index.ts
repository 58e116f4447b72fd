import type { Theme } from 'vitepress';
import DefaultTheme from 'vitepress/theme';
import Live from './live-page.vue';
import Figure from './page-figure.vue';
import Layout from './site-layout.vue';
import './style.css';

const theme: Theme = {
  extends: DefaultTheme,
  Layout,
  enhanceApp({ app }) {
    app.component('Figure', Figure);
    app.component('Live', Live);
  },
};

export default theme;
