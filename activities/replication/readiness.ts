import type { Cluster } from './cluster';
import { bytesAhead } from './lsn';
import { primariesOf, type NodeView, type Server } from './node-view';

/** Refusals that an operator may waive by name, with what that risks. */
export const WAIVABLE = {
  'replay-paused': 'promotion ends the pause and applies what was received; whoever paused it had a reason',
  'long-transaction': 'it is cut off when the old primary is fenced',
  'prepared-transaction': 'it survives the promotion and goes on holding its locks on the new primary',
  'smaller-limits': 'the new primary takes fewer connections, locks or prepared transactions',
  'no-rewind': 'the old primary must be copied anew if it ever diverges',
  'archiver-behind': 'the clean stop waits for the archiver',
  'backup-running': 'the base backup fails',
  'logical-slot': 'logical slots stay behind on the old primary; their consumers must start anew (before 17, or without failover slots)',
} as const;
export type Waivable = keyof typeof WAIVABLE;

/** Why a switchover may not start, and on which node. */
export interface Refusal {
  readonly node: string;
  readonly because: string;
  /** The name by which it can be waived; null where nobody may. */
  readonly waive: Waivable | null;
}

export interface Wanted {
  readonly candidate?: string | undefined;
  readonly maxLagBytes: number;
  readonly mostTransactionSeconds: number;
}

/** The one primary, or why there is not exactly one. */
export function onlyPrimary(views: readonly NodeView[]): { primary: NodeView & { server: Server } } | { refusals: Refusal[] } {
  const primaries = primariesOf(views);
  const [primary] = primaries;
  if (primaries.length === 1 && primary?.server) return { primary: { ...primary, server: primary.server } };
  if (primaries.length > 1)
    return {
      refusals: primaries.map((view) => ({
        node: view.name,
        because: `it accepts writes, and so does another node (timelines ${primaries.map((one) => `${one.name}: ${one.server?.timeline ?? '?'}`).join(', ')}): fence one of them first`,
        waive: null,
      })),
    };
  return {
    refusals: views.map((view) => ({
      node: view.name,
      because: view.server
        ? 'it is a standby, and no node is a primary'
        : `it does not answer (${view.why ?? ''}); where the primary is dead, use the runbook failover`,
      waive: null,
    })),
  };
}

/**
 * Standbys that could lead, the best first: synchronous, then near enough to be allowed, names as the tie-break. Under load standbys
 * overtake each other all the time, and a plan must hold until it is done; the hand-over waits for the last byte in any case.
 */
export function candidatesOf(
  cluster: Cluster,
  views: readonly NodeView[],
  primary: NodeView & { server: Server },
  { maxLagBytes }: { readonly maxLagBytes: number },
): NodeView[] {
  const lag = (view: NodeView): number =>
    view.server?.replayedLsn && primary.server.lsn && bytesAhead(primary.server.lsn, view.server.replayedLsn) <= maxLagBytes ? 0 : 1;
  const sync = (view: NodeView): number =>
    ['sync', 'quorum'].includes(primary.server.followers.find((follower) => follower.name === view.name)?.sync ?? '') ? 0 : 1;
  return views
    .filter((view) => view.name !== primary.name && view.server?.standby && cluster.node(view.name).promotable)
    .sort((a, b) => sync(a) - sync(b) || lag(a) - lag(b) || a.name.localeCompare(b.name));
}

/** Everything that speaks against a switchover to this candidate now. Source: facts on pre-flight refusals of Patroni, repmgr, CloudNativePG. */
export function refusalsFor(
  cluster: Cluster,
  views: readonly NodeView[],
  primary: NodeView & { server: Server },
  candidate: NodeView,
  wanted: Wanted,
): Refusal[] {
  const found: Refusal[] = [];
  const refuse = (node: string, holds: boolean, because: string, waive: Waivable | null = null): void => {
    if (holds) found.push({ node, because, waive });
  };
  const at = primary.server;
  const standby = candidate.server;
  if (!standby) return [{ node: candidate.name, because: `it does not answer (${candidate.why ?? ''})`, waive: null }];
  const onStandby = (holds: boolean, because: string, waive: Waivable | null = null): void => refuse(candidate.name, holds, because, waive);
  const onPrimary = (holds: boolean, because: string, waive: Waivable | null = null): void => refuse(primary.name, holds, because, waive);
  const upstream = standby.receiver ? cluster.nodeAt(standby.receiver.from) : null;

  onStandby(!cluster.node(candidate.name).promotable, 'targets.yaml says promotable: false');
  onStandby(!standby.standby, 'it is no standby');
  onStandby(
    Math.floor(standby.version / 10_000) !== Math.floor(at.version / 10_000),
    `it runs PostgreSQL ${standby.version}, the primary ${at.version}`,
  );
  onStandby(standby.timeline !== at.timeline, `it is on timeline ${standby.timeline}, the primary on ${at.timeline}`);
  onStandby(standby.receiver?.status !== 'streaming', 'it is not streaming');
  onStandby(
    standby.receiver !== null && upstream?.name !== primary.name,
    `it follows ${standby.receiver?.from ?? 'nobody'}${upstream ? ` (${upstream.name})` : ''}, not the primary ${primary.name}`,
  );
  const heard = standby.receiver?.heardSecondsAgo ?? null;
  onStandby(heard !== null && heard > 30, `it has heard nothing of the primary for ${Math.round(heard ?? 0)} seconds`);
  const lag = at.lsn && standby.replayedLsn ? bytesAhead(at.lsn, standby.replayedLsn) : null;
  onStandby(lag === null || lag > wanted.maxLagBytes, `it is ${lag ?? 'an unknown number of'} bytes behind (at most ${wanted.maxLagBytes} allowed)`);
  onStandby(standby.paused !== 'not paused', `its replay is ${standby.paused}`, 'replay-paused');
  onStandby(
    Number(standby.settings['recovery_min_apply_delay'] ?? 0) > 0,
    `it applies with a delay of ${standby.settings['recovery_min_apply_delay']} ms on purpose`,
  );
  for (const name of ['max_connections', 'max_prepared_transactions', 'max_locks_per_transaction'])
    onStandby(
      Number(standby.settings[name]) < Number(at.settings[name]),
      `its ${name} is ${standby.settings[name]}, the primary's ${at.settings[name]}`,
      'smaller-limits',
    );
  const others = views.length - 1;
  onStandby(Number(standby.settings['max_wal_senders']) < others, `max_wal_senders is ${standby.settings['max_wal_senders']} for ${others} standbys`);
  onStandby(
    Number(standby.settings['max_replication_slots']) < others + standby.slots.length,
    `max_replication_slots is ${standby.settings['max_replication_slots']}; ${others} more are needed`,
  );
  onStandby(
    standby.settings['wal_log_hints'] !== 'on' && standby.settings['data_checksums'] !== 'on',
    'neither wal_log_hints nor checksums are on',
    'no-rewind',
  );
  onPrimary(at.preparedTransactions > 0, `${at.preparedTransactions} prepared transactions are open`, 'prepared-transaction');
  onPrimary(
    (at.longestTransactionSeconds ?? 0) > wanted.mostTransactionSeconds,
    `a transaction is open for ${at.longestTransactionSeconds ?? 0} seconds (at most ${wanted.mostTransactionSeconds})`,
    'long-transaction',
  );
  onPrimary(
    at.archiverFailing || at.waitingForArchive > 20,
    `the archiver ${at.archiverFailing ? 'fails' : `has ${at.waitingForArchive} files to do`}`,
    'archiver-behind',
  );
  onPrimary(at.backupRunning, 'a base backup runs', 'backup-running');
  onPrimary(
    at.slots.some((slot) => slot.type === 'logical'),
    `it has logical slots (${at.slots
      .filter((slot) => slot.type === 'logical')
      .map((slot) => slot.name)
      .join(', ')})`,
    'logical-slot',
  );
  for (const view of views)
    if (!view.server) refuse(view.name, true, `it does not answer (${view.why ?? ''}): a third node in doubt is no time for a switchover`);
  return found;
}
