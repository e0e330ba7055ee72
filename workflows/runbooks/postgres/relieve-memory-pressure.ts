import { z } from 'zod';
import type * as memory from '../../../activities/postgres/memory';
import type * as roles from '../../../activities/postgres/roles';
import type * as statements from '../../../activities/postgres/statements';
import { matching } from '../../contracts/matching';
import { Identifier, TargetName } from '../../contracts/params';
import { Span } from '../../contracts/span';
import { defineRunbook, operations } from '../../engine';

const { read, write } = operations<typeof memory & typeof roles & typeof statements>();

export const relieveMemoryPressure = defineRunbook(
  {
    id: 'relieveMemoryPressure',
    title: 'Relieve memory pressure',
    system: 'postgres',
    risk: 'disruptive',
    useWhen: [
      'the server runs out of memory, or the machine starts to swap',
      'statements fail with "out of memory" (53200)',
      'large sorts and hashes run for minutes and fill temporary files',
    ],
    covers: ['tv-memory'],
    input: z.object({
      target: TargetName,
      longerThan: Span.default('5 minutes').describe('cancels statements that have been running for longer'),
      maxPerRound: z.int().positive().max(50).default(5).describe('at most this many statements in one step, the longest first'),
      maxRounds: z.int().positive().max(20).default(3).describe('at most this many rounds, with a new look between them'),
      maxStatements: z.int().positive().max(200).default(10).describe('at most this many statements in the whole run'),
      protect: z.array(z.string().max(63)).max(50).default([]).describe('application names that are never touched'),
      lowerWorkMemFor: Identifier.optional().describe('a role whose new sessions get a smaller work_mem'),
      workMem: matching(/^[1-9]\d{0,6}(kB|MB)$/, "a size is a whole number and kB or MB, such as '4MB'")
        .default('4MB')
        .describe('the work_mem of that role'),
    }),
    example: { target: 'orders-eu', longerThan: '5 minutes' },
    approval: { quorum: 1, expiresAfter: '15 minutes', validFor: '30 minutes' },
    notes: [
      'SQL does not show the memory of other processes: the figures are settings and an estimate from them. Look at the machine for what a process really uses.',
      'Cancels first; terminates a session only if the same statement still runs 10 seconds later.',
      'SET work_mem in a session of ours would change that session only: what helps is the setting of a role, for its next sessions.',
    ],
  },
  async (run, { target, longerThan, maxPerRound, maxRounds, maxStatements, protect, lowerWorkMemFor: role, workMem }) => {
    const rule = { target, longerThan, protect };
    const seen = await run.check('Measure the memory', {
      memory: read.measureMemory({ target }),
      long: read.countLongStatements(rule),
      statements: read.listLongStatements(rule),
    });
    const right =
      role === undefined ? null : await run.check('Find out whether the role may be altered', read.findRoleSettingRight({ target, role }));
    const lower = role !== undefined && right?.allowed === true;
    run.finishIf(
      seen.long.matching === 0 && !lower,
      `No statement that may be cancelled has been running for more than ${longerThan} (${seen.long.protected} protected ones have). Look at the memory of the processes on the machine.`,
    );

    await run.approve('Cancel long statements');
    for (let round = 1; round <= maxRounds; round++) {
      const now = await run.check('Count again', read.countLongStatements(rule));
      if (now.matching === 0) break;
      await run.apply('Cancel the longest statements', write.terminateLongStatements({ ...rule, maxPerRound, maxStatements }));
    }
    if (lower) await run.apply('Lower work_mem of the role', write.setRoleWorkMem({ target, role, workMem }));

    await run.verify('No such statement runs', read.countLongStatements(rule), (now) => now.matching === 0);
    const after = await run.check('Measure the memory again', read.measureMemory({ target }));
    const longest = seen.statements[0];
    return {
      summary: `${after.active} statements run on ${target}, ${seen.memory.active} ran before; the estimate is ${mebibytes(after.estimateNowBytes)} MiB instead of ${mebibytes(seen.memory.estimateNowBytes)} MiB, if each takes one work_mem.`,
      advice: [
        `If all ${after.maxConnections} slots took one work_mem x hash_mem_multiplier each, that would be ${mebibytes(after.estimateMaxBytes)} MiB (an estimate): compare it with the memory of the machine.`,
        'To lower it for the whole server, run ALTER SYSTEM SET work_mem and pg_reload_conf(); running sessions use it from their next statement on.',
        ...(lower ? [`New sessions of ${role} begin with work_mem ${workMem}; existing sessions keep theirs until they reconnect.`] : []),
        ...(right && !right.allowed
          ? [
              right.exists
                ? `${right.login} may not alter ${role ?? ''}, so nothing was lowered. Run: ALTER ROLE "${role ?? ''}" SET work_mem = '${workMem}'; or grant the role to ${right.login} WITH ADMIN OPTION.`
                : `There is no role ${role ?? ''}: nothing was lowered.`,
            ]
          : []),
        ...(longest
          ? [
              `The longest statement was run by ${longest.role} (${longest.application || 'no application name'}). If it runs again, pg_log_backend_memory_contexts(pid) writes to the server's log what memory it uses${seen.memory.mayLogContexts ? '' : ' (for superusers, and roles that were granted it)'}.`,
            ]
          : []),
        'Set statement_timeout for the application roles, so that the server cancels such statements itself.',
      ],
    };
  },
);

const mebibytes = (bytes: number): number => Math.round(bytes / 1_048_576);
