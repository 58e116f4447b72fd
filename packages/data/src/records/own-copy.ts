/**
 * The same text, for keeping: engines make a slice a window onto the text it is of, and so a name of ten characters
 * would keep a megabyte in memory. A slice of a short copy keeps the copy alone.
 */
export const ownCopy = (text: string): string => ` ${text}`.slice(1);
