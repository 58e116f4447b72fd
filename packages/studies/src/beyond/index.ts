import type { Study } from '../study/study.js';
import { alternatives } from './alternatives/index.js';
import { behavior } from './behavior/index.js';
import { controls } from './controls/index.js';
import { readings } from './readings/index.js';
import { weights } from './weights/index.js';

/** Questions that the paper does not ask. */
export const furtherStudies: readonly Study[] = [weights, controls, readings, alternatives, behavior];
