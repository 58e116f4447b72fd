// The registry's own process: answers on this machine alone, on any free port, and ends with the process that started it.
import { runServer } from 'verdaccio';

const [, , configuration] = process.argv;
const server = await runServer(configuration);
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.on('disconnect', () => process.exit());
