import { HubError } from '../errors.js';

/** An answer of the Hub; one that is not what the Hub says becomes a `HubError`. */
export async function parseHubResponse<Answer>(answer: Promise<Answer>, place: string): Promise<Answer> {
  try {
    return await answer;
  } catch (cause) {
    // What is not JSON, or not of the expected shape.
    if (!(cause instanceof SyntaxError || cause instanceof TypeError)) throw cause;
    throw new HubError(
      'hub-failed',
      'what answers there is not the Hub. Check HF_ENDPOINT.',
      { place },
      { cause },
    );
  }
}
