import { z } from 'zod';
import type * as roles from '../../../activities/postgres/roles';
import type * as sessions from '../../../activities/postgres/sessions';
import { TargetName } from '../../contracts/params';
import { Span } from '../../contracts/span';
import { defineRunbook, operations } from '../../engine';

const { read, write } = operations<typeof roles & typeof sessions>();

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
      freeSlots: z.int().positive().default(20).describe('how many slots must be free at the end'),
      idleInTransactionLongerThan: Span.default('5 minutes').describe('terminates sessions that are idle in transaction for longer'),
      idleLongerThan: Span.default('15 minutes').describe('terminates sessions that are idle for longer'),
      maxPerRound: z.int().positive().max(200).default(10).describe('at most this many sessions in one step'),
      maxRounds: z.int().positive().max(20).default(3).describe('at most this many rounds, with a new measurement between them'),
      maxSessions: z.int().positive().max(500).default(20).describe('at most this many sessions in the whole run'),
      approveAbove: z.int().min(0).max(50).default(0).describe('up to this many sessions in the whole run need no approval'),
      protect: z.array(z.string().max(63)).max(50).default([]).describe('application names that are never touched'),
      limitLargestRole: z.boolean().default(false).describe('limits a role that holds more than half of the slots to half of them'),
    }),
    example: { target: 'orders-eu', freeSlots: 20 },
    approval: { quorum: 1, expiresAfter: '15 minutes', validFor: '30 minutes' },
    notes: [
      'When no slot is left for the read login, the run says so and stops before it changes anything. PostgreSQL 16 and later: set reserved_connections and grant pg_use_reserved_connections to the logins. PostgreSQL 15 and older: only superusers can use the reserved slots.',
      'Terminates idle sessions only, by the time of their last change of state; never an active one.',
    ],
  },
  async (run, input) => {
    const { target, freeSlots, idleInTransactionLongerThan, idleLongerThan, maxPerRound, maxRounds, maxSessions, approveAbove, protect } = input;
    const seen = await run.check('Measure the slots', {
      slots: read.measureConnections({ target }),
      use: read.listConnectionUse({ target }),
      roles: read.listRoleUse({ target }),
      inTransaction: read.countIdleSessions({ target, state: 'idle in transaction', longerThan: idleInTransactionLongerThan, protect }),
      idle: read.countIdleSessions({ target, state: 'idle', longerThan: idleLongerThan, protect }),
    });
    run.finishIf(seen.slots.free >= freeSlots, 'Enough slots are already free.');

    const matching = seen.inTransaction.matching + seen.idle.matching;
    const half = seen.slots.usable / 2;
    const largest = input.limitLargestRole
      ? seen.roles.find((role) => !role.superuser && role.sessions > half && (role.limit < 0 || role.limit > half))
      : undefined;
    // With 0 nothing is waived, not even where nothing matches yet: more sessions will match later.
    const waived = approveAbove > 0 && matching <= approveAbove && !largest;
    await run.approve('Terminate idle sessions', { unless: waived });

    const rule = { target, maxPerRound, maxSessions: waived ? approveAbove : maxSessions, protect };
    for (let round = 1; round <= maxRounds; round++) {
      const now = await run.check('Measure again', read.measureConnections({ target }));
      if (now.free >= freeSlots) break;
      await run.apply(
        'Terminate sessions idle in transaction',
        write.terminateIdleSessions({ ...rule, state: 'idle in transaction', longerThan: idleInTransactionLongerThan }),
      );
      const then = await run.check('Measure between', read.measureConnections({ target }));
      if (then.free >= freeSlots) break;
      await run.apply('Terminate idle sessions', write.terminateIdleSessions({ ...rule, state: 'idle', longerThan: idleLongerThan }));
    }
    if (largest) {
      const limit = Math.floor(half);
      await run.apply('Limit the largest role', write.limitRoleConnections({ target, role: largest.role, limit }));
      await run.verify('The role is limited', read.findRoleLimit({ target, role: largest.role }), (now) => now?.limit === limit);
    }

    const after = await run.verify('Enough slots are free', read.measureConnections({ target }), (slots) => slots.free >= freeSlots);
    return {
      summary: `${after.free} of ${after.usable} slots are free on ${target}; ${seen.slots.free} were free before.`,
      advice: [
        `Connection pools: the sum of their maximum sizes over all instances should stay below ${after.usable}.`,
        'Set idle_in_transaction_session_timeout for the application roles, so that the server terminates such sessions itself.',
        ...(largest
          ? [`${largest.role} stays limited. When its pool is fixed, run: ALTER ROLE "${largest.role}" CONNECTION LIMIT ${largest.limit};`]
          : []),
      ],
    };
  },
);
