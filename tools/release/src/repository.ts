// Says where the repository is, and whether all manifests and pages agree; with an address, changes it everywhere.
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { addressFaults, changeAddress, parseAddress, repositoryAddress } from './repository-address.js';
import { runMain } from './run-main.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

await new Command('repository')
  .description("Check the repository's address in all manifests and pages, or change it everywhere.")
  .argument('[address]', 'the new one, such as https://github.com/owner/name')
  .action((address: string | undefined) =>
    runMain(async () => {
      if (address !== undefined) {
        const files = changeAddress(root, parseAddress(address.replace(/(\.git|\/)$/, '')));
        for (const file of files) console.log(`changed ${file}`);
      }
      const faults = await addressFaults(root);
      for (const fault of faults) console.error(fault);
      if (faults.length > 0) process.exitCode = 1;
      else console.log(repositoryAddress(root).url);
    }),
  )
  .parseAsync();
