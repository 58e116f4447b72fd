/** A configuration file or a flag that cannot be used: the message names the key, its place, and the nearest one. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  /** The key, as a path through the configuration: `training.learningRate`. */
  readonly key: string;

  constructor(key: string, place: string, problem: string) {
    super(`@ais/studies: ${place}: ${problem}`);
    this.key = key;
  }
}
