import { z } from 'zod';
import type * as preparedTransactions from '../../../activities/postgres/prepared-transactions';
import { TargetName } from '../../contracts/params';
import { Span } from '../../contracts/span';
import { milliseconds } from '../../pure/span';
import { defineRunbook, operations } from '../../engine';

const { read, write } = operations<typeof preparedTransactions>();

export const resolvePreparedTransaction = defineRunbook(
  {
    id: 'resolvePreparedTransaction',
    title: 'Resolve a prepared transaction',
    system: 'postgres',
    risk: 'irreversible',
    useWhen: [
      'a prepared transaction (two-phase commit) is older than minutes',
      'sessions wait for locks that no session holds (pg_locks with pid NULL)',
      'vacuum removes nothing and pg_prepared_xacts has old rows',
    ],
    covers: ['tv-prepared'],
    input: z.object({
      target: TargetName,
      gid: z.string().min(1).max(199).describe('its global identifier, as in pg_prepared_xacts'),
      outcome: z.enum(['commit', 'rollback']).describe('what the transaction manager decided; never guessed'),
      olderThan: Span.default('5 minutes').describe('a younger one is left alone: its client may be about to resolve it'),
    }),
    example: { target: 'orders-eu', gid: 'order-4711', outcome: 'rollback' },
    approval: { quorum: 1, expiresAfter: '1 hour', validFor: '30 minutes' },
    notes: [
      'Ask the transaction manager first: the other participants have already committed or rolled back, and the opposite here makes the data inconsistent. Age alone is no reason.',
      'One run resolves one transaction, in the database where it was prepared, as its owner (the login "own") or a superuser.',
      'A rollback loses the work of the transaction. Neither outcome can be undone.',
    ],
  },
  async (run, { target, gid, outcome, olderThan }) => {
    const seen = await run.check('List the prepared transactions', {
      measured: read.measurePreparedTransactions({ target }),
      oldest: read.listPreparedTransactions({ target }),
    });
    run.finishIf(seen.measured.max === 0, 'max_prepared_transactions is 0 on this server: no prepared transaction can exist.');

    const one = read.findPreparedTransaction({ target, gid });
    const found = await run.require(
      'The transaction is prepared',
      one,
      (transaction) => transaction !== null,
      `There is no prepared transaction with this identifier: it is already resolved, or the identifier is wrong. In this database ${seen.measured.here} are prepared: ${seen.oldest.map((other) => other.gid).join(', ') || 'none'}.`,
    );
    const { database = '', transaction = '', preparedAt = '', timeline = '', ageSeconds = 0, relations = [] } = found ?? {};
    await run.require(
      'It was prepared in this database',
      one,
      (now) => now === null || now.here,
      `It belongs to the database ${database}, and can only be resolved from there. Start the run on the target of that database.`,
    );
    await run.require(
      'It is old enough',
      one,
      (now) => now === null || now.ageSeconds * 1_000 >= milliseconds(olderThan),
      `It was prepared ${ageSeconds} seconds ago; its client may be about to resolve it. Wait, or give a shorter olderThan if you know that the client is dead.`,
    );

    const token = { target, gid, transaction, preparedAt, timeline };
    if (outcome === 'commit') {
      await run.approve('Commit the prepared transaction');
      await run.irreversible('Commit the prepared transaction', write.commitPreparedTransaction(token));
    } else {
      await run.approve('Roll back the prepared transaction');
      await run.irreversible('Roll back the prepared transaction', write.rollBackPreparedTransaction(token));
    }

    const expected = outcome === 'commit' ? 'committed' : 'aborted';
    await run.verify('The transaction is resolved', read.findResolution(token), (now) => !now.prepared && now.outcome === expected);
    const after = await run.check('Measure again', read.measurePreparedTransactions({ target }));
    return {
      summary: `The prepared transaction ${gid} on ${target} is ${outcome === 'commit' ? 'committed' : 'rolled back'}; ${after.here} more are prepared in its database.`,
      advice: [
        'Tell the owner of the transaction manager: its log must show the same outcome, and whatever left this transaction behind can leave another.',
        ...(relations.length ? [`It held ${relations.join(', ')}: check that VACUUM removes dead rows from these tables now.`] : []),
        ...(after.waiting ? [`${after.waiting} sessions still wait for prepared transactions.`] : []),
        ...(after.here
          ? []
          : ['If nobody uses two-phase commit, set max_prepared_transactions = 0 (needs a restart), so that none can be left behind.']),
      ],
    };
  },
);
