import type { Study } from '../study/study.js';
import { fig1 } from './fig1/index.js';
import { fig2 } from './fig2/index.js';
import { fig3 } from './fig3/index.js';
import { fig4 } from './fig4/index.js';
import { fig5 } from './fig5/index.js';
import { fig6 } from './fig6/index.js';
import { fig7 } from './fig7/index.js';
import { fig8 } from './fig8/index.js';
import { fig9 } from './fig9/index.js';
import { fig10 } from './fig10/index.js';
import { fig11 } from './fig11/index.js';
import { fig12 } from './fig12/index.js';

/** The figures of the paper. */
export const paperStudies: readonly Study[] = [
  fig1,
  fig2,
  fig3,
  fig4,
  fig5,
  fig6,
  fig7,
  fig8,
  fig9,
  fig10,
  fig11,
  fig12,
];
