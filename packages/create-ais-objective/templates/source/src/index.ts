export { type MyPluginOptions, myPlugin } from './my-plugin.js';
export { prepare } from './prepare.js';
