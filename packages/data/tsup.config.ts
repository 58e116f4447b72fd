import { library } from '@ais/build/tsup';

// The workers are files of their own, because threads start from files; they lie beside the bundle that starts them.
export default library({
  entry: {
    index: 'src/index.ts',
    chat: 'src/chat.ts',
    facts: 'src/facts.ts',
    formats: 'src/formats.ts',
    preferences: 'src/preferences.ts',
    prepared: 'src/prepared.ts',
    synthetic: 'src/synthetic.ts',
    tokenizer: 'src/tokenizer.ts',
    'arrow-worker': 'src/formats/arrow-worker.js',
    'jinja-guard': 'src/chat/jinja-guard.js',
    'jinja-worker': 'src/chat/jinja-worker.js',
    'parquet-worker': 'src/formats/parquet-worker.js',
    'part-worker': 'src/prepared/part-worker.ts',
    'rust-thread': 'src/tokenizer/rust-thread.js',
    'rust-process': 'src/tokenizer/rust-process.js',
    'rust-worker': 'src/tokenizer/rust-worker.js',
  },
});
