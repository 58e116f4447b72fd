#!/usr/bin/env node
import { main } from './main.js';
import { tellOfUnanswered } from './unanswered.js';

process.on('exit', tellOfUnanswered);
process.exitCode = await main(process.argv.slice(2));
