export { atExit } from './at-exit.js';
export { interruptible, interruption } from './interruption.js';
export { type CommandOptions, type CommandResult, lastLines, runCommand } from './run-command.js';
export { shellWord } from './shell-word.js';
export { TimeLimitReached, withinTime } from './within-time.js';
