export { myPlugin } from './my-plugin.js';
