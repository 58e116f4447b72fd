import { Command } from 'commander';
import { dataBuildCommand } from './data-build.js';
import { dataExportCommand, dataImportCommand } from './data-convert.js';
import { dataInspectCommand } from './data-inspect.js';
import { dataShiftCommand } from './data-shift.js';

/** `ais data`: data sets, from a source to a folder that can be trained on. */
export function dataCommand(): Command {
  return new Command('data')
    .summary('prepare data sets, and look at them')
    .description('Prepare data sets for training, and look at them.')
    .addCommand(dataBuildCommand())
    .addCommand(dataInspectCommand())
    .addCommand(dataShiftCommand())
    .addCommand(dataImportCommand())
    .addCommand(dataExportCommand());
}
