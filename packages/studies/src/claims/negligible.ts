/** Smaller than this, a fall or a difference of win rates counts as none: it would have to be shown to be smaller. */
export const negligible = 0.05;
