import { z } from 'zod';
import type * as indexes from '../../../activities/postgres/indexes';
import type * as locks from '../../../activities/postgres/locks';
import type * as preparedTransactions from '../../../activities/postgres/prepared-transactions';
import type * as server from '../../../activities/postgres/server';
import type * as sessions from '../../../activities/postgres/sessions';
import type * as settings from '../../../activities/postgres/settings';
import type * as tables from '../../../activities/postgres/tables';
import type * as transactions from '../../../activities/postgres/transactions';
import { adviceFor, judgeSigns } from '../../pure/findings';
import { TargetName } from '../../contracts/params';
import { SIGN_LIMITS } from '../../pure/sign-limits';
import { Span } from '../../contracts/span';
import { milliseconds } from '../../pure/span';
import { pluralize } from '../../pure/pluralize';
import { defineRunbook, operations } from '../../engine';

const { read } = operations<
  typeof indexes &
    typeof locks &
    typeof preparedTransactions &
    typeof server &
    typeof sessions &
    typeof settings &
    typeof tables &
    typeof transactions
>();

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
      longerThan: Span.default('5 minutes').describe('a statement that runs longer, or a session idle in transaction for longer, is a finding'),
      lockWaitLongerThan: Span.default('10 seconds').describe('a longer wait for a lock is a finding'),
      preparedLongerThan: Span.default('5 minutes').describe('an older prepared transaction is a finding'),
    }),
    example: { target: 'orders-eu' },
    notes: [
      'Looks at one server, the primary where there is one; checkReplication looks at all of them.',
      'Changes nothing and needs no approval. SQL does not show CPU and disks: the rules in deploy/prometheus watch them.',
    ],
  },
  async (run, { target, longerThan, lockWaitLongerThan, preparedLongerThan }) => {
    const seen = await run.check('Measure the signs', read.measureSigns({ target }));
    const who = await run.check('Find who blocks, what runs long, and who holds the connections', {
      blockers: read.listBlockers({ target }),
      longest: read.listLongestTransactions({ target }),
      connections: read.listConnectionUse({ target }),
    });
    // A standby does not show what is prepared.
    const prepared =
      seen.preparedTransactions > 0 && seen.role === 'primary'
        ? await run.check('List the prepared transactions', read.listPreparedTransactions({ target }))
        : [];
    const rest = await run.check('Find invalid indexes, settings that wait for a restart, and the largest tables', {
      indexes: read.findInvalidIndexes({ target }),
      settings: read.findPendingSettings({ target }),
      tables: read.listLargestTables({ target }),
    });

    const long = milliseconds(longerThan) / 1_000;
    const findings = judgeSigns(
      seen,
      { ...rest.indexes, ...rest.settings },
      {
        ...SIGN_LIMITS,
        querySeconds: { warning: long, source: 'input' },
        idleInTransactionSeconds: { warning: long, critical: 3 * long, source: 'input' },
        lockWaitSeconds: {
          warning: milliseconds(lockWaitLongerThan) / 1_000,
          critical: (6 * milliseconds(lockWaitLongerThan)) / 1_000,
          source: 'input',
        },
        preparedSeconds: {
          warning: milliseconds(preparedLongerThan) / 1_000,
          critical: (12 * milliseconds(preparedLongerThan)) / 1_000,
          source: 'input',
        },
      },
    );
    const [first] = who.blockers;
    const urgent = findings.filter(({ severity }) => severity === 'critical').length;
    const kinds = [...new Set(findings.map(({ kind }) => kind))].join(', ');
    return {
      summary: `${findings.length ? `${pluralize(findings.length, 'finding')}, ${urgent} urgent (${kinds})` : 'Nothing is wrong'} on ${target}: ${seen.role}, PostgreSQL ${seen.version}, ${seen.usedSlots} of ${seen.usableSlots} slots used, ${seen.active} active, ${seen.waitingForLocks} waiting for locks, streaming standbys: ${seen.streamingStandbys}.`,
      advice: [
        ...findings.map(adviceFor),
        ...(first && first.blockedBy.length === 0 && first.waiting > 0
          ? [
              `First blocker: ${first.pid ? `pid ${first.pid}` : 'a prepared transaction'} (${first.role || '?'} ${first.application}, ${first.state}), ${first.waiting} waiting behind it: ${first.query || 'no statement'}.`,
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
