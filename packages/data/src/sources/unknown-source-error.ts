/** A source was named that does not exist. */
export class UnknownSourceError extends Error {
  override readonly name: string = 'UnknownSourceError';

  constructor(message: string) {
    super(`@ais/data: ${message}`);
  }
}
