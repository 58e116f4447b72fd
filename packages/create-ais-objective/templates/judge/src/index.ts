// `ais label --scorer @me/my-plugin#judge` takes the export `judge`.
export { judge } from './my-plugin.js';
