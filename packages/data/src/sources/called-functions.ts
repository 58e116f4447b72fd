/** The names of the functions that a message calls, in the formats of OpenAI, of today and of before. */
export function calledFunctions(message: Readonly<Record<string, unknown>>): string[] {
  const { tool_calls: calls, function_call: call } = message;
  return [...(Array.isArray(calls) ? (calls as unknown[]) : []), call].flatMap(nameOf);
}

/** The names of the functions that schemas of tools describe. */
export function describedFunctions(tools: readonly object[]): string[] {
  return tools.flatMap(nameOf);
}

/** Of `{ function: { name } }`, or of `{ name }`. */
function nameOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const { function: inner, name } = value as Record<string, unknown>;
  if (typeof name === 'string' && name !== '') return [name];
  return inner === undefined ? [] : nameOf(inner);
}
