export { convertedFolder } from './checkpoint/converted-folder.js';
export { convertGguf } from './checkpoint/gguf/convert-gguf.js';
export { type ExportGgufOptions, exportGguf } from './checkpoint/gguf/export-gguf.js';
export { type GgufFile, openGguf } from './checkpoint/gguf/gguf-file.js';
export type { GgufEntry, MetadataValue } from './checkpoint/gguf/header.js';
