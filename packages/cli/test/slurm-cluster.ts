import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '@ais/redis';

const run = promisify(execFile);

/** A cluster of one node of a test's own, on loopback. */
export interface SlurmCluster {
  /** The environment that leads the commands of Slurm to it. */
  readonly environment: NodeJS.ProcessEnv;
  /** Runs a command of Slurm, and returns what it prints. */
  ask(command: string, ...argv: readonly string[]): Promise<string>;
  /** Lets jobs that were queued again start soon: Slurm lets them wait for two minutes. */
  hurry(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts Debian's `munged`, `slurmctld`, and `slurmd` (package `slurm-wlm`), as root, in a temporary folder. */
export async function startSlurm({ cpus }: { readonly cpus: number }): Promise<SlurmCluster> {
  const directory = await mkdtemp(join(tmpdir(), 'ais-slurm-'));
  const at = (name: string): string => join(directory, name);
  await Promise.all([mkdir(at('state')), mkdir(at('spool'))]);
  await writeFile(at('munge.key'), randomBytes(1024), { mode: 0o600 });
  const node = hostname().split('.')[0] ?? '';
  const [controller, daemon] = [await freePort(), await freePort()];
  await writeFile(
    at('slurm.conf'),
    `ClusterName=ais
SlurmctldHost=${node}(127.0.0.1)
SlurmctldPort=${controller}
SlurmdPort=${daemon}
AuthType=auth/munge
AuthInfo=socket=${at('munge.socket')}
SlurmUser=root
SlurmdUser=root
StateSaveLocation=${at('state')}
SlurmdSpoolDir=${at('spool')}
SlurmctldPidFile=${at('slurmctld.pid')}
SlurmdPidFile=${at('slurmd.pid')}
SlurmctldLogFile=${at('slurmctld.log')}
SlurmdLogFile=${at('slurmd.log')}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
SchedulerParameters=batch_sched_delay=0,sched_interval=2
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MailProg=/bin/true
MpiDefault=none
SlurmdParameters=config_overrides
NodeName=${node} NodeAddr=127.0.0.1 CPUs=${cpus} State=UNKNOWN
PartitionName=main Nodes=${node} Default=YES MaxTime=INFINITE State=UP
`,
  );
  const environment = { ...process.env, SLURM_CONF: at('slurm.conf') };
  const daemons = [
    ...[
      [
        'munged',
        '--foreground',
        '--force',
        `--key-file=${at('munge.key')}`,
        `--socket=${at('munge.socket')}`,
      ],
    ],
    ...[['slurmctld', '-D', '-f', at('slurm.conf')]],
    ...[['slurmd', '-D', '-f', at('slurm.conf')]],
  ];
  daemons[0]?.push(
    ...[
      `--pid-file=${at('munged.pid')}`,
      `--log-file=${at('munged.log')}`,
      `--seed-file=${at('munge.seed')}`,
    ],
  );
  const started = daemons.map(([name = '', ...argv]) => {
    const child = spawn(name, argv, { env: environment, stdio: 'ignore' });
    return { child, exited: once(child, 'exit') };
  });
  const ask = async (command: string, ...argv: readonly string[]): Promise<string> =>
    (await run(command, argv, { env: environment })).stdout;
  const hurry = async (): Promise<void> => {
    const lines = await ask('squeue', '--noheader', '--array', '--format=%i %S %r');
    for (const [, id = '', start = ''] of lines.matchAll(/^(\S+) (\S+) BeginTime$/gm)) {
      if (Date.parse(start) < Date.now() + 10_000) continue;
      // Not at once: what starts in the second in which its last attempt was revoked is taken for that, and refused.
      await ask('scontrol', 'update', `JobId=${id}`, 'StartTime=now+3').catch(() => '');
    }
  };
  const stop = async (): Promise<void> => {
    // Jobs that are at work, as after a test that failed, outlive the daemons.
    await ask('scancel', '--full', '--signal=KILL', '--user=root').catch(() => '');
    for (const { child, exited } of started.reverse()) {
      child.kill('SIGTERM');
      await exited;
    }
    await rm(directory, { recursive: true, force: true });
  };
  for (let looks = 0; ; looks++) {
    const state = await ask('sinfo', '--noheader', '--format=%T').catch(() => '');
    if (state.trim() === 'idle') return { environment, ask, hurry, stop };
    if (started.some(({ child }) => child.exitCode !== null) || looks > 300) {
      const logs = await Promise.all(
        ['munged.log', 'slurmctld.log', 'slurmd.log'].map((name) =>
          readFile(at(name), 'utf8').catch(() => ''),
        ),
      );
      await stop();
      throw new Error(`Slurm does not start:\n${logs.join('\n')}`);
    }
    await sleep(200);
  }
}
