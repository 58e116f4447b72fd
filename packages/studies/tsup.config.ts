import { library } from '@ais/build/tsup';

// Worker processes load `stages` alone.
export default library({
  entry: {
    index: 'src/index.ts',
    data: 'src/data.ts',
    reports: 'src/reports.ts',
    settings: 'src/settings.ts',
    stages: 'src/stages/stages.ts',
  },
});
