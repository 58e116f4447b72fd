const LONGEST = 40;

/** The beginning of a text, in quotes, for messages. */
export function excerpt(text: string): string {
  return JSON.stringify(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
}
