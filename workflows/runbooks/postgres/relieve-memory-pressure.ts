import { z } from 'zod';
import type * as memory from '../../../activities/postgres/memory';
import type * as roles from '../../../activities/postgres/roles';
import { matching } from '../../contracts/matching';
import { Identifier, TargetName } from '../../contracts/params';
import { Span } from '../../contracts/span';
import { defineRunbook, operations } from '../../engine';

const { read, write } = operations<typeof memory & typeof roles>();

export const relieveMemoryPressure = defineRunbook(
  {
    id: 'relieveMemoryPressure',
    title: 'Relieve memory pressure',
    system: 'postgres',
    risk: 'disruptive',
    useWhen: [
      'the server runs out of memory, or the machine begins to swap',
      'statements fail with "out of memory" (53200)',
      'large sorts and hashes run for minutes and fill temporary files',
    ],
    covers: ['tv-memory'],
    input: z.object({
      target: TargetName,
      olderThan: Span.default('5 minutes').describe('ends statements that have been running for longer'),
      perRound: z.int().positive().max(50).default(5).describe('at most so many statements in one step, the longest first'),
      rounds: z.int().positive().max(20).default(3).describe('at most so many rounds, with a new look between them'),
      cap: z.int().positive().max(200).default(10).describe('at most so many statements in the whole run'),
      protect: z.array(z.string().max(63)).max(50).default([]).describe('application names that are never touched'),
      lowerFor: Identifier.optional().describe('a role whose new sessions get a smaller work_mem'),
      workMem: matching(/^[1-9]\d{0,6}(kB|MB)$/, "a size is a whole number and kB or MB, such as '4MB'")
        .default('4MB')
        .describe('the work_mem of that role'),
    }),
    example: { target: 'orders-eu', olderThan: '5 minutes' },
    approval: { quorum: 1, expiresAfter: '15 minutes', validFor: '30 minutes' },
    notes: [
      'SQL shows no memory of other processes: the figures are settings and an estimate from them. What a process really has is seen on the machine.',
      'Cancels first; terminates only where the same statement still runs 10 seconds later.',
      'SET work_mem in a session of ours would change nothing but itself: what helps is the setting of a role, for its next sessions.',
    ],
  },
  async (run, { target, olderThan, perRound, rounds, cap, protect, lowerFor, workMem }) => {
    const rule = { target, olderThan, protect };
    const seen = await run.check('Measure the memory', {
      memory: read.measureMemory({ target }),
      long: read.countLongStatements(rule),
      statements: read.listLongStatements(rule),
    });
    const right = lowerFor === undefined ? null : await run.check('May the role be changed', read.findRoleSettingRight({ target, role: lowerFor }));
    const lower = lowerFor !== undefined && right?.allowed === true;
    run.finishIf(
      seen.long.matching === 0 && !lower,
      `No statement that may be ended has been running for more than ${olderThan} (${seen.long.protected} protected ones have). Look at the memory of the processes on the machine.`,
    );

    await run.approve('End long statements');
    for (let round = 1; round <= rounds; round++) {
      const now = await run.check('Count again', read.countLongStatements(rule));
      if (now.matching === 0) break;
      await run.apply('End the longest statements', write.endLongStatements({ ...rule, perRound, cap }));
    }
    if (lower) await run.apply('Lower work_mem of the role', write.setRoleWorkMem({ target, role: lowerFor, workMem }));

    await run.verify('No such statement runs', read.countLongStatements(rule), (now) => now.matching === 0);
    const after = await run.check('Measure the memory again', read.measureMemory({ target }));
    const longest = seen.statements[0];
    return {
      summary: `${after.active} statements run on ${target} where ${seen.memory.active} did; by estimate ${mebibytes(after.estimateNowBytes)} MiB instead of ${mebibytes(seen.memory.estimateNowBytes)} MiB, if each takes one work_mem.`,
      advice: [
        `If all ${after.maxConnections} slots took one work_mem x hash_mem_multiplier each, it would be ${mebibytes(after.estimateMostBytes)} MiB (an estimate): compare that with the machine.`,
        'For the whole server a DBA lowers it with ALTER SYSTEM SET work_mem and pg_reload_conf(); running sessions take it with their next statement.',
        ...(lower ? [`${lowerFor} keeps work_mem ${workMem} for its new sessions; sessions that exist keep theirs until they connect again.`] : []),
        ...(right && !right.allowed
          ? [
              right.exists
                ? `${right.login} may not change ${lowerFor ?? ''}, so nothing was lowered. A DBA runs: ALTER ROLE "${lowerFor ?? ''}" SET work_mem = '${workMem}'; or grants the role to ${right.login} WITH ADMIN OPTION.`
                : `There is no role ${lowerFor ?? ''}: nothing was lowered.`,
            ]
          : []),
        ...(longest
          ? [
              `The longest statement was one of ${longest.role} (${longest.application || 'no name'}); when it comes again, pg_log_backend_memory_contexts(its pid) writes what it holds into the server's log${seen.memory.mayLogContexts ? '' : ' (a superuser, or who has been granted it)'}.`,
            ]
          : []),
        'A statement_timeout for the application roles ends such statements by itself.',
      ],
    };
  },
);

const mebibytes = (bytes: number): number => Math.round(bytes / 1_048_576);
