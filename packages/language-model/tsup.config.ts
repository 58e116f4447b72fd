import { library } from '@ais/build/tsup';

export default library({
  entry: [
    'src/index.ts',
    'src/families.ts',
    'src/gguf.ts',
    'src/gpt-neox.ts',
    'src/safetensors.ts',
    'src/testing/index.ts',
  ],
});
