/** Seconds after which Node's own `fetch` gives up on an answer, whatever it is told. */
const PATIENCE_OF_NODE = 300;

/**
 * What lets a client wait for each answer as long as `--api-timeout` says.
 *
 * @param seconds the longest that one request may take
 * @returns options of `httpScorer` and `openAiChat`: the time in milliseconds, and a `fetch` that does not give up before
 */
export async function patientFetch(
  seconds: number,
): Promise<{ readonly timeout: number; readonly fetch?: typeof globalThis.fetch }> {
  const timeout = 1000 * seconds;
  if (seconds <= PATIENCE_OF_NODE) return { timeout };
  const { Agent, EnvHttpProxyAgent, fetch } = await import('undici');
  // As Node's own fetch: through the proxy that the environment names, if it says so.
  const usesProxy = process.env['NODE_USE_ENV_PROXY'] === '1' || process.execArgv.includes('--use-env-proxy');
  const dispatcher = new (usesProxy ? EnvHttpProxyAgent : Agent)({ headersTimeout: 0, bodyTimeout: 0 });
  const wait = (url: string, request: object): Promise<unknown> => fetch(url, { ...request, dispatcher });
  return { timeout, fetch: wait as typeof globalThis.fetch };
}
