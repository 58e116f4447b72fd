// The default export is what `ais train --objective @me/my-plugin` makes the objective with.
export { type MyPluginOptions, myPlugin, myPlugin as default } from './my-plugin.js';
