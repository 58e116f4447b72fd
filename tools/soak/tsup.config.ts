import { library } from '@ais/build/tsup';

// The child is a program of its own: it is there to be killed.
export default library({ entry: ['src/soak.ts', 'src/training-child.ts'], onSuccess: async () => {} });
