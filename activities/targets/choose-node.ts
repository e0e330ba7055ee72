import type { Client } from 'pg';
import { KernelFailure } from '../sql/kernel-failure';
import { scrubbedMessage } from '../sql/scrub';
import type { SessionWanted } from '../sql/session';
import { meaningOf, stateOf } from '../sql/sqlstates';
import type { Target } from './registry';

type Node = Target['nodes'][number];

/** A connection of a pool, to be given back. */
export type Pooled = Client & { release(error?: Error): void };
export interface Reached {
  readonly node: Node;
  readonly client: Pooled;
  readonly role: 'primary' | 'standby' | null;
}
interface Failed {
  readonly node: Node;
  readonly sentence: string;
  readonly unreachable: boolean;
}

/** A node of several that says nothing for so long (frozen, cut off) is passed over. */
const ANSWERS_TIMEOUT_MS = 2_000;

/**
 * Connects to the node with the wanted role; `either` prefers the primary. Of several nodes all are asked at once, and two that answer
 * as primaries are refused: nobody may choose between them.
 */
export async function chooseNode(target: Target, wanted: SessionWanted, connect: (node: Node) => Promise<Pooled>): Promise<Reached> {
  const [only, ...others] = target.nodes;
  if (only && others.length === 0) {
    const client = await connect(only).catch((error: unknown) => {
      throw none(target, wanted, [describeFailure(only, error, wanted)]);
    });
    return { node: only, client, role: null };
  }
  const asked = await Promise.all(target.nodes.map((node) => ask(node, connect).catch((error: unknown) => describeFailure(node, error, wanted))));
  const reached = asked.filter((one): one is Reached => 'client' in one);
  const failures = asked.filter((one): one is Failed => 'sentence' in one);
  const primaries = reached.filter(({ role }) => role === 'primary');
  const chosen =
    wanted.node === 'standby'
      ? reached.find(({ role }) => role === 'standby')
      : (primaries[0] ?? (wanted.node === 'either' ? reached[0] : undefined));
  for (const one of reached) if (one !== chosen || (wanted.node === 'primary' && primaries.length > 1)) one.client.release();
  if (wanted.node === 'primary' && primaries.length > 1) throw twoPrimaries(target, primaries);
  if (chosen) return chosen;
  throw none(target, wanted, [
    ...failures,
    ...reached.map(({ node }) => ({ node, sentence: `${node.name} is no ${wanted.node}`, unreachable: false })),
  ]);
}

async function ask(node: Node, connect: (node: Node) => Promise<Pooled>): Promise<Reached> {
  let late = false;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      late = true;
      reject(new Error(`Connection terminated: no answer within ${ANSWERS_TIMEOUT_MS / 1_000} seconds`));
    }, ANSWERS_TIMEOUT_MS);
  });
  const answer = connect(node).then(async (client) => {
    if (late) return give(client, node, null);
    // A kept connection to a frozen server would hang here; it is dropped when the time is over.
    const dropped = timeout.catch((error: Error) => client.release(error));
    try {
      const { rows } = await Promise.race([client.query<{ standby: boolean }>('select pg_is_in_recovery() as standby'), timeout]);
      return { node, client, role: rows[0]?.standby ? ('standby' as const) : ('primary' as const) };
    } catch (error) {
      if (!late) client.release(error as Error);
      else await dropped;
      throw error;
    }
  });
  answer.catch(() => undefined);
  return Promise.race([answer, timeout]).finally(() => {
    // From here on the timer drops nothing: the connection belongs to the caller.
    if (!late) clearTimeout(timer);
  });
}

function give(client: Pooled, node: Node, role: null): Reached {
  client.release();
  return { node, client, role };
}

function describeFailure(node: Node, error: unknown, wanted: SessionWanted): Failed {
  if (error instanceof KernelFailure) throw error;
  return {
    node,
    sentence: `${node.name} (${node.host}:${node.port}): ${unreachable(error, wanted)}`,
    unreachable: meaningOf(error) === 'unknown' || meaningOf(error) === 'retry',
  };
}

function none(target: Target, wanted: SessionWanted, failures: readonly Failed[]): KernelFailure {
  const retry = failures.some((failure) => failure.unreachable) ? 'soon' : 'never';
  return new KernelFailure(
    'TargetUnreachable',
    `No connection to ${target.name} as ${wanted.login}: ${failures.map((failure) => failure.sentence).join('; ')}.`,
    retry,
  );
}

const twoPrimaries = (target: Target, primaries: readonly Reached[]): KernelFailure =>
  new KernelFailure(
    'TwoPrimaries',
    `${primaries.map(({ node }) => `${node.name} (${node.host}:${node.port})`).join(' and ')} both answer as the primary of ${target.name}. Nothing was changed. Fence the one that must not lead; the runbook checkReplication shows both.`,
  );

function unreachable(error: unknown, wanted: SessionWanted): string {
  if (stateOf(error) !== '53300') return scrubbedMessage(error);
  return `all connection slots are taken [53300]. On PostgreSQL 16 and later, set reserved_connections and grant pg_use_reserved_connections to the ${wanted.login} login; on 15 and older only a superuser gets in (superuser_reserved_connections)`;
}
