#!/usr/bin/env node
import { main } from './main.js';
import { reportUnsettledExit } from './unsettled-exit.js';

process.on('exit', reportUnsettledExit);
process.exitCode = await main(process.argv.slice(2));
