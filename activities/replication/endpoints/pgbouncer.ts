import { KernelFailure } from '../../sql/kernel-failure';
import { scrubbedMessage } from '../../sql/scrub';
import type { EndpointConfig } from '../../targets/registry';
import type { Endpoint, EndpointNode, EndpointState } from '../providers';
import { Pooler, type PoolerLook } from './pooler';
import { mustBeNewer, readRouting, writeRouting } from './routing-file';

/** One database of one or more pgbouncer processes; closed only when all of them are. */
export class PgBouncerEndpoint implements Endpoint {
  readonly label: string;
  private readonly poolers: readonly Pooler[];
  private readonly database: string;

  constructor({ database, consoles }: Extract<EndpointConfig, { by: 'pgbouncer' }>) {
    this.database = database;
    this.poolers = consoles.map((console) => new Pooler(console, database));
    this.label = `pgbouncer ${database} at ${consoles.map(({ host, port }) => `${host}:${port}`).join(', ')}`;
  }

  async describe(): Promise<EndpointState> {
    const problems: string[] = [];
    const noted = async <T>(work: Promise<T>): Promise<T | null> =>
      work.catch((error: unknown) => {
        problems.push(scrubbedMessage(error));
        return null;
      });
    const seen = await Promise.all(
      this.poolers.map(async (pooler) => ({
        pooler,
        look: await noted(pooler.look()),
        routing: await noted(readRouting(pooler.config.file, this.database)),
      })),
    );
    for (const { pooler, look, routing } of seen) {
      if (look && routing && (look.host !== routing.host || look.port !== routing.port)) {
        problems.push(
          `The ${pooler.label} points at ${look.host}:${look.port}, its file ${pooler.config.file} at ${routing.host}:${routing.port}: RELOAD is missing.`,
        );
      }
    }
    const looks = seen.map(({ look }) => look);
    const tokens = seen.flatMap(({ routing }) => (routing ? [routing.token] : []));
    if (new Set(tokens).size > 1) problems.push(`The files of ${this.label} were pointed with different tokens: ${tokens.join(', ')}.`);
    return {
      open: opennessOf(looks),
      node: nodeOf(looks),
      token: Math.max(0, ...tokens),
      busy: looks.reduce((sum, look) => sum + (look?.busy.length ?? 0), 0),
      problems,
    };
  }

  async close(how: 'drain' | 'kill', withinMs: number, signal: AbortSignal): Promise<void> {
    try {
      await all(this.poolers, (pooler) => (how === 'drain' ? pooler.pause(withinMs, signal) : pooler.kill()));
    } catch (error) {
      throw await this.reopened(error);
    }
  }

  async point(node: EndpointNode, token: number): Promise<void> {
    const seen = await Promise.all(
      this.poolers.map(async (pooler) => ({ pooler, look: await pooler.look(), routing: await readRouting(pooler.config.file, this.database) })),
    );
    // All are asked before the first is written.
    for (const { pooler, routing } of seen) mustBeNewer(routing, token, pooler.config.file);
    for (const { pooler, look, routing } of seen) {
      const there = [look, routing].every(({ host, port }) => host === node.host && port === node.port);
      if (there && routing.token === token) continue;
      if (!look.paused) {
        throw new KernelFailure(
          'PreconditionUnmet',
          `The ${pooler.label} lets clients through to ${look.host}:${look.port}; close it before it is pointed at ${node.name}.`,
        );
      }
      await writeRouting(pooler.config.file, this.database, node, token);
      await pooler.reload(node.host, node.port);
    }
  }

  async open(): Promise<void> {
    await all(this.poolers, (pooler) => pooler.resume());
  }

  /** A partly closed set is worse than an open one: all are resumed, and the failure says which could not be. */
  private async reopened(failure: unknown): Promise<unknown> {
    const left = await Promise.allSettled(this.poolers.map((pooler) => pooler.resume()));
    const failed = left.flatMap((one) => (one.status === 'rejected' ? [scrubbedMessage(one.reason)] : []));
    if (!(failure instanceof KernelFailure)) return failure;
    const rest = failed.length ? ` Not certain to be open again: ${failed.join(' ')}` : ' All consoles let clients through again.';
    return new KernelFailure(failure.type, failure.message + rest, failure.retry, failure.details);
  }
}

/** Does it on all at once, waits for all to end, then throws the first failure. */
async function all(poolers: readonly Pooler[], work: (pooler: Pooler) => Promise<void>): Promise<void> {
  const done = await Promise.allSettled(poolers.map(work));
  for (const one of done) if (one.status === 'rejected') throw one.reason;
}

function opennessOf(looks: readonly (PoolerLook | null)[]): EndpointState['open'] {
  if (looks.every((look) => look?.paused === false)) return 'open';
  return looks.every((look) => look?.paused && !look.busy.length) ? 'closed' : 'partly';
}

function nodeOf(looks: readonly (PoolerLook | null)[]): string | null {
  const places = new Set(looks.map((look) => (look ? `${look.host}:${look.port}` : null)));
  return places.size === 1 ? ([...places][0] ?? null) : null;
}
