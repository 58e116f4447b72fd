/** What went wrong on the network; `fetch` hides it in its error's cause. */
export function describeNetwork(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  const inner =
    cause instanceof Error ? cause.message || String((cause as NodeJS.ErrnoException).code) : undefined;
  return inner === undefined ? error.message || error.name : `${error.message}: ${inner}`;
}
