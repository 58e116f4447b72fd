// The thread that runs templates, which are untrusted: jinja-guard.js ends it where one takes too long or too much memory.
import { parentPort } from 'node:worker_threads';
import { renderJinja } from './render-jinja.js';

parentPort.on('message', (request) => parentPort.postMessage(renderJinja(request)));
parentPort.postMessage('ready');
