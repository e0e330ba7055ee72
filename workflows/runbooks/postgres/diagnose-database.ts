import { z } from 'zod';
import type * as blockers from '../../../activities/postgres/blockers';
import type * as connections from '../../../activities/postgres/connections';
import type * as leftovers from '../../../activities/postgres/leftovers';
import type * as longest from '../../../activities/postgres/longest';
import type * as preparedTransactions from '../../../activities/postgres/prepared-transactions';
import type * as signs from '../../../activities/postgres/signs';
import { adviceFor, judgeSigns } from '../../pure/findings';
import { TargetName } from '../../contracts/params';
import { SIGN_LIMITS } from '../../pure/sign-limits';
import { Span } from '../../contracts/span';
import { milliseconds } from '../../pure/span';
import { pluralize } from '../../pure/pluralize';
import { defineRunbook, operations } from '../../engine';

const { read } = operations<typeof blockers & typeof connections & typeof leftovers & typeof longest & typeof preparedTransactions & typeof signs>();

export const diagnoseDatabase = defineRunbook(
  {
    id: 'diagnoseDatabase',
    title: 'Diagnose a database',
    system: 'postgres',
    risk: 'read-only',
    useWhen: [
      'something is wrong, and nobody knows what',
      'connections, locks, long transactions or replication lag alert',
      'before a change, and after it',
    ],
    covers: ['srv-health', 'srv-connections'],
    input: z.object({
      target: TargetName,
      longerThan: Span.default('5 minutes').describe('a statement, or a session idle in transaction, that lasts longer is a finding'),
      lockWait: Span.default('10 seconds').describe('a longer wait for a lock is a finding'),
      preparedFor: Span.default('5 minutes').describe('an older prepared transaction is a finding'),
    }),
    example: { target: 'orders-eu' },
    notes: [
      'Looks at one server, the primary where there is one; checkReplication looks at all.',
      'Changes nothing and needs no approval. CPU and disks are not seen by SQL: the rules in deploy/prometheus watch them.',
    ],
  },
  async (run, { target, longerThan, lockWait, preparedFor }) => {
    const seen = await run.check('Measure the signs', read.measureSigns({ target }));
    const who = await run.check('See who blocks, what lasts long, and who holds the connections', {
      blockers: read.listBlockers({ target }),
      longest: read.listLongest({ target }),
      connections: read.listConnectionUse({ target }),
    });
    // Only a primary tells of what is prepared on it.
    const prepared =
      seen.preparedTransactions > 0 && seen.role === 'primary'
        ? await run.check('List the prepared transactions', read.listPreparedTransactions({ target }))
        : [];
    const rest = await run.check('Look at what is left over, and at the biggest tables', {
      leftovers: read.measureLeftovers({ target }),
      tables: read.listBiggestTables({ target }),
    });

    const long = milliseconds(longerThan) / 1_000;
    const findings = judgeSigns(seen, rest.leftovers, {
      ...SIGN_LIMITS,
      querySeconds: { warning: long, source: 'input' },
      idleInTransactionSeconds: { warning: long, critical: 3 * long, source: 'input' },
      lockWaitSeconds: { warning: milliseconds(lockWait) / 1_000, critical: (6 * milliseconds(lockWait)) / 1_000, source: 'input' },
      preparedSeconds: { warning: milliseconds(preparedFor) / 1_000, critical: (12 * milliseconds(preparedFor)) / 1_000, source: 'input' },
    });
    const [first] = who.blockers;
    const urgent = findings.filter(({ severity }) => severity === 'critical').length;
    const kinds = [...new Set(findings.map(({ kind }) => kind))].join(', ');
    return {
      summary: `${findings.length ? `${pluralize(findings.length, 'finding')}, ${urgent} urgent (${kinds})` : 'Nothing is wrong'} on ${target}: ${seen.role}, PostgreSQL ${seen.version}, ${seen.usedSlots} of ${seen.usableSlots} slots used, ${seen.active} active, ${seen.waitingForLocks} waiting for locks, streaming standbys: ${seen.streamingStandbys}.`,
      advice: [
        ...findings.map(adviceFor),
        ...(first && first.blockedBy.length === 0 && first.waiting > 0
          ? [
              `First blocker: ${first.pid ? `pid ${first.pid}` : 'a prepared transaction'} (${first.role || '?'} ${first.application}, ${first.state}), ${first.waiting} behind it: ${first.query || 'no statement'}.`,
            ]
          : []),
        ...prepared
          .slice(0, 1)
          .map(
            ({ gid, owner, ageSeconds, locks }) => `Oldest prepared transaction here: gid ${gid} of ${owner}, ${ageSeconds} s old, ${locks} locks.`,
          ),
      ],
    };
  },
);
