import { library } from '@ais/build/tsup';

export default library({
  entry: [
    'src/index.ts',
    'src/doctor.ts',
    'src/errors.ts',
    'src/files/index.ts',
    'src/hub/index.ts',
    'src/native.ts',
    'src/process/index.ts',
    'src/random.ts',
    'src/wheels.ts',
  ],
});
