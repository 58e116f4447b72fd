/** Milliseconds after which a job of a worker that is not heard of goes to another one. */
export const LOCK_MS = 3_000;
/** Milliseconds for which a worker is frozen: its job has gone to another one then, and its stage too. */
export const FROZEN_MS = 40_000;
/** The longest life of a worker that is going to be killed, in milliseconds after it began a stage. */
export const LIFE_MS = 8_000;
/** Milliseconds that a training waits at each of its steps. */
export const PAUSE_MS = 400;
