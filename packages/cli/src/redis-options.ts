import { Option } from 'commander';

/** `--redis`, which the environment may give too: others on a machine see what a command was started with. */
export function redisOption(what: string): Option {
  return new Option('--redis <url>', `${what}: redis://:password@host:port, or rediss:// for TLS`).env(
    'AIS_REDIS',
  );
}

export function queueOption(): Option {
  return new Option('--queue <name>', 'the name of the queue there; ais by default');
}
