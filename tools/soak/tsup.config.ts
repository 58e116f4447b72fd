import { library } from '@ais/build/tsup';

// The child and the worker are programs of their own: they are there to be killed. A worker's stages load their module.
export default library({
  entry: ['soak', 'training-child', 'hours-child', 'sweep/sweep-worker', 'sweep/sweep-stages'].map(
    (name) => `src/${name}.ts`,
  ),
  onSuccess: async () => {},
});
