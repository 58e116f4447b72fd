// The process in which Hugging Face's library runs for rust-worker.js: a stranger's tokenizer can end it (the library gives up
// with the whole process), or keep it busy where no thread can be ended, or fill the memory. It watches over the thread that it
// starts, and ends itself. Plain JavaScript, so that Node loads it from the sources too.
import { Worker } from 'node:worker_threads';

const [library] = process.argv.slice(2);
// In a variable, so that bundlers do not go after it.
const entry = './rust-thread.js';
const thread = new Worker(new URL(entry, import.meta.url), { workerData: { library }, execArgv: [] });
const end = () => process.kill(process.pid, 'SIGKILL');
let watch;

process.on('message', ({ request, milliseconds, megabytes }) => {
  // Time counts while the process computes: on a machine that is busy with others, waiting is no fault.
  const start = Date.now();
  const startComputed = computedMilliseconds();
  const startBytes = process.memoryUsage.rss();
  const refuse = (error) => process.send({ error, isLast: true }, end);
  watch = setInterval(() => {
    const taken = Math.min(Date.now() - start, computedMilliseconds() - startComputed);
    if (taken > milliseconds) refuse(`it takes longer than ${milliseconds} ms`);
    else if (process.memoryUsage.rss() - startBytes > megabytes * 2 ** 20)
      refuse(`it takes more than ${megabytes} MB`);
  }, 20);
  thread.postMessage(request);
});
thread.on('message', (reply) => {
  clearInterval(watch);
  process.send(reply);
});
thread.on('error', end);
process.on('disconnect', end);
// A terminal sends these to both processes: the asking process may have work to finish, and ends this one when it ends.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

function computedMilliseconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
