import { splitCredentials } from '../download/credentials.js';
import { HubError } from '../errors.js';

/** Where the Hub is, or a mirror. */
export interface HubEndpoint {
  /** Without a slash at its end, and without credentials, so that it may be shown. */
  readonly endpoint: string;
  /** The one place that a token goes to. */
  readonly origin: string;
  /** The header of a mirror whose address has user and password. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Reads the Hub's address: the one given, HF_ENDPOINT of the environment, or https://huggingface.co.
 *
 * @throws {HubError} `hub-invalid-option` if it is not an address; what it was is not in the message, since it may hold a key
 */
export function hubEndpoint(
  given: string = process.env['HF_ENDPOINT'] ?? 'https://huggingface.co',
): HubEndpoint {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new HubError(
      'hub-invalid-option',
      'the endpoint must be an address without a query, such as https://huggingface.co.',
      { place: 'HF_ENDPOINT' },
    );
  }
  const { url: plain, headers } = splitCredentials(given);
  return { endpoint: plain.replace(/\/+$/, ''), origin: url.origin, headers };
}
