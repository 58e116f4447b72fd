import { shiftClaims } from '../../claims/shift-claims.js';
import type { StudyClaim } from '../../claims/study-claim.js';

export const claims: readonly StudyClaim[] = shiftClaims('training');
