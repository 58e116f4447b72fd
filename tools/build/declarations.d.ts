export function writeDeclarations(source?: string, target?: string): Promise<void>;
export function declarationsOf(path: string, text: string): string;
