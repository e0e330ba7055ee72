import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { KernelFailure } from '../../sql/kernel-failure';
import type { CopySource, NodeAct, NodeControl, NodeState, Upstream } from '../providers';
import { accountOf } from './account';
import { readControlData } from './control-data';
import { fenceServer } from './fence';
import { exists, isNode } from './own-files';
import { mustBeStopped, type NodePlace } from './place';
import { recloneServer } from './reclone';
import { rewindServer } from './rewind';
import { serverProcesses } from './server-processes';
import { STANDBY_SIGNAL, putStandbySignal, removeStandbySignal } from './standby-signal';
import { writeUpstream } from './upstream';
import { startServer, stopServer } from './start-and-stop';

/** Where a node lies on this machine, and as whom its server runs. */
export interface LocalNode {
  readonly name: string;
  readonly dataDirectory: string;
  /** The folder of pg_ctl and postgres. */
  readonly bin: string;
  readonly runAs: string;
}

/** Power over a server of this machine by pg_ctl and its files; programs run as the server's account where this process is root. */
export class LocalControl implements NodeControl {
  readonly by = 'local';
  private readonly dataDirectory: string;

  constructor(private readonly node: LocalNode) {
    this.dataDirectory = node.dataDirectory.replace(/(?<=.)\/+$/, '');
  }

  async can(act: NodeAct): Promise<true | string> {
    try {
      await this.place();
      if (!(await exists(join(this.dataDirectory, 'PG_VERSION'))) && act !== 'reclone')
        return `no data directory of PostgreSQL is at ${this.dataDirectory}`;
      if (act === 'reclone' && !(await isNode(this.dataDirectory)))
        return `${this.dataDirectory} has neither data nor a postgresql.conf: make it, owned by ${this.node.runAs}, with a postgresql.conf that has at least this node's own port`;
      const program = act === 'rewind' ? 'pg_rewind' : 'pg_ctl';
      if (!(await exists(join(this.node.bin, program)))) {
        return `${program} is not in ${this.node.bin}; install the package of the server (Debian: postgresql-<major>, RPM: postgresql<major>-server) and correct control.bin`;
      }
      if (act === 'rewind') return await this.canRewind();
      if (act === 'reclone') await access(dirname(this.dataDirectory), constants.W_OK);
      return true;
    } catch (error) {
      return (error as Error).message;
    }
  }

  async state(): Promise<NodeState> {
    return {
      running: serverProcesses(this.dataDirectory).length > 0,
      standbySignal: await exists(join(this.dataDirectory, STANDBY_SIGNAL)),
      control: await readControlData(this.dataDirectory),
    };
  }

  async markStandby(): Promise<void> {
    await putStandbySignal(this.dataDirectory, (await this.place()).account);
  }

  async pointAt(upstream: Upstream): Promise<void> {
    const place = await this.place();
    mustBeStopped(place, 'writing its upstream');
    await writeUpstream(this.dataDirectory, upstream, place.account);
  }

  async unmarkStandby(): Promise<void> {
    const { running, standbySignal, control } = await this.state();
    if (!standbySignal) return;
    // A running standby would come up as a primary the next time; a running primary keeps what it is.
    if (running && control?.state !== 'in production') mustBeStopped(await this.place(), 'taking standby.signal away');
    await removeStandbySignal(this.dataDirectory);
  }

  stop = async (withinMs: number, signal: AbortSignal): Promise<void> => stopServer(await this.place(), withinMs, signal);

  start = async (withinMs: number, signal: AbortSignal): Promise<void> => startServer(await this.place(), withinMs, signal);

  fence = async (): Promise<void> => fenceServer(await this.place());

  async rewind(source: CopySource, timeline: number, signal: AbortSignal): Promise<void> {
    const can = await this.can('rewind');
    if (can !== true) throw new KernelFailure('CapabilityAbsent', `${this.node.name} cannot be rewound: ${can}.`);
    await rewindServer(await this.place(), source, timeline, signal);
  }

  reclone = async (source: CopySource, keepAs: string | null, signal: AbortSignal): Promise<void> =>
    recloneServer(await this.place(), source, keepAs, signal);

  private async place(): Promise<NodePlace> {
    const { name, bin, runAs } = this.node;
    return { label: `${name} (${this.dataDirectory})`, dataDirectory: this.dataDirectory, bin, account: await accountOf(runAs) };
  }

  private async canRewind(): Promise<true | string> {
    const control = await readControlData(this.dataDirectory);
    return (
      control?.canRewind === true || 'the cluster has neither data checksums nor wal_log_hints, which pg_rewind needs; clone the node anew instead'
    );
  }
}
