import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { TargetName } from '../../workflows/contracts/params';
import { Span } from '../../workflows/contracts/span';
import { milliseconds } from '../../workflows/pure/span';
import { KernelFailure } from '../sql/kernel-failure';
import { clusterOperation } from './cluster-operation';
import { lossOf } from './loss';
import { bytesAhead, bytesOf } from './lsn';
import { primariesOf, viewCluster, type NodeView } from './node-view';
import { refuseOtherOwner } from './owner';
import { heardAgo, notSilentYet, silenceNeeded } from './still-heard';

const Evidence = z.object({
  dead: z.string(),
  deadBy: z.enum(['local', 'person']),
  /** Whether it may take writes until it is fenced; false only where no process of it lives. */
  mayStillWrite: z.boolean(),
  standbys: z.array(z.string()),
  timeline: z.int(),
  certain: z.array(z.string()),
  uncertain: z.array(z.string()),
});

/**
 * Collects evidence that the primary is gone, from two vantage points: our own connections, several times over `within`, and every
 * standby's WAL receiver, until its silence says something (about 32 seconds with the default wal_receiver_timeout; at once where the
 * connection broke). Throws PreconditionUnmet where anybody still hears it: unreachable is not dead.
 */
export const observePrimary = clusterOperation({
  effect: 'read',
  input: z.object({ target: TargetName, within: Span }),
  example: { target: 'orders-eu', within: '5 seconds' },
  answer: Evidence,
  look: async (cluster, { within }, { signal, samples }) => {
    const began = performance.now();
    let asked = began;
    let views = await viewCluster(cluster, 1_500);
    let looks = 1;
    for (; ; looks++) {
      refuseLiving(views, (asked - began) / 1_000);
      if (performance.now() >= began + milliseconds(within) && looks >= 3 && notSilentYet(views).length === 0) break;
      await sleep(500, undefined, { signal });
      asked = performance.now();
      views = await viewCluster(cluster, 1_500);
    }
    const standbys = views.filter(({ server }) => server?.standby);
    const silent = views.filter(({ server }) => server === null);
    if (standbys.length === 0) throw unmet('no node answers at all: this is no failover. Look at the network and the servers first.');
    const [first] = standbys;
    if (first) await refuseOtherOwner(cluster, first.name);
    const last = (await samples()).find(({ primary }) => primary)?.primary?.node;
    const dead = silent.find(({ name }) => name === last) ?? (silent.length === 1 ? silent[0] : undefined);
    if (!dead)
      throw unmet(
        silent.length
          ? `${silent.map(({ name }) => name).join(' and ')} do not answer, and the sampler does not know which of them was the primary. Make one of them reachable, or take the one that is no more out of targets.yaml.`
          : 'every node answers as a standby: nobody has to be fenced, and nobody is known to have been the primary. Look at standby.signal and the timelines.',
      );
    const heard = standbys.map(
      ({ name, server }) =>
        `${name}: ${server?.receiver ? `heard the primary ${Math.round(server.receiver.heardSecondsAgo ?? 0)} s ago` : 'its WAL receiver is gone'}`,
    );
    const { control } = cluster.node(dead.name);
    const { running } = await control.state();
    return {
      dead: dead.name,
      deadBy: control.by,
      mayStillWrite: running !== false,
      standbys: standbys.map(({ name }) => name),
      timeline: Math.max(...standbys.map(({ server }) => server?.timeline ?? 0)),
      certain: [
        `${dead.name} did not answer in ${looks} looks (${dead.why ?? ''})`,
        ...(running === false ? [`no process of ${dead.name} lives`] : []),
        ...heard,
      ],
      uncertain: [
        ...(running === false
          ? []
          : [
              `whether ${dead.name} is off, or still takes writes that nobody else gets: ${control.by === 'person' ? 'a person must attest that it is off' : 'it is fenced'} before anything is promoted`,
            ]),
        ...silent
          .filter(({ name }) => name !== dead.name)
          .map(({ name, why }) => `${name} does not answer either (${why ?? ''}), and may have received more than the others`),
      ],
    };
  },
});

/** Refuses where a primary answers, or where a standby has heard one since the first look, so many seconds ago. */
function refuseLiving(views: readonly NodeView[], lookedFor: number): void {
  const [primary] = primariesOf(views);
  if (primary) throw unmet(`${primary.name} answers and is a primary: use the runbook switchover, or fence it first if it must not be trusted.`);
  for (const view of views) {
    const heard = heardAgo(view);
    if (heard !== null && heard < lookedFor)
      throw unmet(
        `${view.name} heard from the primary ${heard.toFixed(1)} seconds ago, while we looked: it lives, and only we cannot reach it. Mend the network; nothing was changed. If it has died since, start again.`,
      );
    if (silenceNeeded(view) === Infinity)
      throw unmet(
        `${view.name} still holds its connection to the primary, and with wal_receiver_timeout = 0 its silence says nothing. Set wal_receiver_timeout there and reload, then start again.`,
      );
  }
}

const behind = (bytes: number): string => (bytes === 0 ? 'as far, and later by name' : `${bytes} bytes behind it`);

const unmet = (because: string): KernelFailure => new KernelFailure('PreconditionUnmet', `No failover: ${because}`);

const Choice = z.object({
  candidate: z.string(),
  timeline: z.int(),
  followers: z.array(z.string()),
  loseBytes: z.number().nullable(),
  proved: z.boolean(),
  loss: z.string(),
  why: z.array(z.string()),
});

/**
 * Chooses the standby with the highest timeline and position, and says what its promotion may lose. Throws PreconditionUnmet where that
 * is more than was accepted, or unknown and not accepted as such.
 */
export const chooseCandidate = clusterOperation({
  effect: 'read',
  input: z.object({
    target: TargetName,
    among: z.array(z.string()).min(1),
    mayStillWrite: z.boolean(),
    maxLossBytes: z.union([z.int().nonnegative(), z.literal('unknown')]),
  }),
  example: { target: 'orders-eu', among: ['orders-eu-2', 'orders-eu-3'], mayStillWrite: true, maxLossBytes: 0 },
  answer: Choice,
  look: async (cluster, { among, mayStillWrite, maxLossBytes }, { samples }) => {
    const views = (await viewCluster(cluster, 1_500)).filter(({ name, server }) => among.includes(name) && server?.standby);
    const placed = views.flatMap(({ name, server }) => (server?.lsn ? [{ name, lsn: server.lsn, timeline: server.timeline }] : []));
    const [best, ...rest] = placed
      .filter(({ name }) => cluster.node(name).promotable)
      .sort(
        (a, b) =>
          b.timeline - a.timeline || (bytesOf(b.lsn) > bytesOf(a.lsn) ? 1 : bytesOf(b.lsn) < bytesOf(a.lsn) ? -1 : a.name.localeCompare(b.name)),
      );
    if (!best) throw unmet(`no standby that may lead answers (of ${among.join(', ')}).`);
    const ahead = placed.find(({ timeline, lsn }) => timeline > best.timeline || (timeline === best.timeline && bytesAhead(lsn, best.lsn) > 0));
    if (ahead)
      throw unmet(
        `${ahead.name} ${ahead.timeline > best.timeline ? `is on timeline ${ahead.timeline}, later than that of` : `has ${bytesAhead(ahead.lsn, best.lsn)} bytes more than`} ${best.name}, and may not lead (promotable: false). Let ${best.name} follow it first, or let it lead.`,
      );
    const loss = lossOf(
      await samples(),
      best,
      placed.map(({ name }) => name),
      { timeline: best.timeline, mayStillWrite },
    );
    if (maxLossBytes !== 'unknown' && (loss.bytes === null || loss.bytes > maxLossBytes))
      throw unmet(
        `promoting ${best.name} may lose ${loss.bytes === null ? 'an unknown amount' : `up to ${loss.bytes} bytes of WAL`} (${loss.says}), and maxLossBytes is ${maxLossBytes}. Start again with "maxLossBytes": ${loss.bytes ?? '"unknown"'} if the business accepts that; or bring the old primary back.`,
      );
    return {
      candidate: best.name,
      timeline: best.timeline,
      followers: placed.filter(({ name }) => name !== best.name).map(({ name }) => name),
      loseBytes: loss.bytes,
      proved: loss.proved,
      loss: loss.says,
      why: [
        `${best.name}: the furthest, ${best.lsn} on timeline ${best.timeline}`,
        ...rest.map(
          (other) =>
            `not ${other.name}: ${other.timeline === best.timeline ? behind(bytesAhead(best.lsn, other.lsn)) : `on timeline ${other.timeline}`}`,
        ),
      ],
    };
  },
});
