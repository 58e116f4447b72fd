import { library } from '@ais/build/tsup';

export default library({
  entry: ['src/index.ts', 'src/contrib/index.ts', 'src/gradients/index.ts', 'src/testing/index.ts'],
  // Node cannot load this file of the core, or what it imports, by itself.
  noExternal: [/^@tensorflow\/tfjs-core\/dist\/register_all_gradients/],
});
