import { z } from 'zod';
import type * as connections from '../../../activities/postgres/connections';
import type * as roles from '../../../activities/postgres/roles';
import { TargetName } from '../../contracts/params';
import { Span } from '../../contracts/span';
import { defineRunbook, operations } from '../../engine';

const { read, write } = operations<typeof connections & typeof roles>();

export const relieveConnectionExhaustion = defineRunbook(
  {
    id: 'relieveConnectionExhaustion',
    title: 'Relieve connection exhaustion',
    system: 'postgres',
    risk: 'disruptive',
    useWhen: ['clients get "too many clients already" (53300)', 'nearly all connection slots are used', 'many sessions are idle in transaction'],
    covers: ['mnt-pool', 'tv-connections', 'tv-connection-limit'],
    input: z.object({
      target: TargetName,
      wantFree: z.int().positive().default(20).describe('how many slots must be free at the end'),
      idleInTransactionFor: Span.default('5 minutes').describe('ends sessions idle in transaction for longer'),
      idleFor: Span.default('15 minutes').describe('ends idle sessions whose state has not changed for longer'),
      perRound: z.int().positive().max(200).default(10).describe('at most so many sessions in one step'),
      rounds: z.int().positive().max(20).default(3).describe('at most so many rounds, with a new measurement between them'),
      cap: z.int().positive().max(500).default(20).describe('at most so many sessions in the whole run, where people approve'),
      approveAbove: z.int().min(0).max(50).default(0).describe('up to so many sessions in the whole run need no approval'),
      protect: z.array(z.string().max(63)).max(50).default([]).describe('application names that are never touched'),
      throttle: z.boolean().default(false).describe('limits the role that holds more than half of the slots to half of them'),
    }),
    example: { target: 'orders-eu', wantFree: 20 },
    approval: { quorum: 1, expiresAfter: '15 minutes', validFor: '30 minutes' },
    notes: [
      'When no slot is left for the read login, the run says so and stops before it has changed anything. PostgreSQL 16 and later: set reserved_connections and grant pg_use_reserved_connections to the logins. PostgreSQL 15 and older: only a superuser gets into the reserved slots.',
      'Ends idle sessions only, by the time of their last change of state; never an active one.',
    ],
  },
  async (run, { target, wantFree, idleInTransactionFor, idleFor, perRound, rounds, cap, approveAbove, protect, throttle }) => {
    const seen = await run.check('Measure the slots', {
      slots: read.measureConnections({ target }),
      use: read.listConnectionUse({ target }),
      roles: read.listRoleUse({ target }),
      inTransaction: read.countIdleSessions({ target, state: 'idle in transaction', olderThan: idleInTransactionFor, protect }),
      idle: read.countIdleSessions({ target, state: 'idle', olderThan: idleFor, protect }),
    });
    run.finishIf(seen.slots.free >= wantFree, 'Enough slots are free already.');

    const matching = seen.inTransaction.matching + seen.idle.matching;
    const half = seen.slots.usable / 2;
    const greedy = throttle ? seen.roles.find((role) => !role.superuser && role.sessions > half && (role.limit < 0 || role.limit > half)) : undefined;
    // With 0 nothing is waived, not even where nothing matches yet: sessions go on growing old.
    const waived = approveAbove > 0 && matching <= approveAbove && !greedy;
    await run.approve('End idle sessions', { unless: waived });

    const rule = { target, perRound, cap: waived ? approveAbove : cap, protect };
    for (let round = 1; round <= rounds; round++) {
      const now = await run.check('Measure again', read.measureConnections({ target }));
      if (now.free >= wantFree) break;
      await run.apply(
        'End sessions idle in transaction',
        write.endIdleSessions({ ...rule, state: 'idle in transaction', olderThan: idleInTransactionFor }),
      );
      const then = await run.check('Measure between', read.measureConnections({ target }));
      if (then.free >= wantFree) break;
      await run.apply('End idle sessions', write.endIdleSessions({ ...rule, state: 'idle', olderThan: idleFor }));
    }
    if (greedy) {
      const limit = Math.floor(half);
      await run.apply('Limit the greediest role', write.limitRoleConnections({ target, role: greedy.role, limit }));
    }

    const after = await run.verify('Enough slots are free', read.measureConnections({ target }), (slots) => slots.free >= wantFree);
    return {
      summary: `${after.free} of ${after.usable} slots are free on ${target}; ${seen.slots.free} were before.`,
      advice: [
        `Pools: the sum over all instances of their largest size should stay under ${after.usable}, not only each of them.`,
        'Set idle_in_transaction_session_timeout for the application roles, so that the server ends such sessions itself.',
        ...(greedy ? [`${greedy.role} stays limited; when its pool is mended: ALTER ROLE "${greedy.role}" CONNECTION LIMIT ${greedy.limit}.`] : []),
      ],
    };
  },
);
