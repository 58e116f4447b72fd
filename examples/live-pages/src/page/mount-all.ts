import type { Mount } from './mount.js';

const parts: Readonly<Record<string, () => Promise<{ readonly mount: Mount }>>> = {
  'figure-1': () => import('../figure-1/figure-1.js'),
  'over-optimization': () => import('../over-optimization/over-optimization.js'),
  smollm2: () => import('../smollm2/smollm2.js'),
  'sum-or-mean': () => import('../sum-or-mean/sum-or-mean.js'),
};

for (const place of document.querySelectorAll<HTMLElement>('[data-live]')) {
  void parts[place.dataset['live'] ?? '']?.().then(({ mount }) => mount(place));
}
