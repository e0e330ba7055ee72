import { z } from 'zod';
import type * as readOnlyDefault from '../../../activities/postgres/read-only-default';
import { TargetName } from '../../contracts/params';
import { defineRunbook, operations } from '../../engine';

const { read, write } = operations<typeof readOnlyDefault>();

export const makeDatabaseReadOnly = defineRunbook(
  {
    id: 'makeDatabaseReadOnly',
    title: 'Make the database read-only',
    system: 'postgres',
    risk: 'disruptive',
    useWhen: ['writes do harm and reads should go on', 'an emergency needs a database that stands still', 'before data is copied away or compared'],
    covers: ['tv-read-only'],
    input: z.object({ target: TargetName }),
    example: { target: 'orders-eu' },
    approval: { quorum: 1, expiresAfter: '15 minutes', validFor: '30 minutes' },
    notes: [
      'It sets a default (ALTER DATABASE … SET default_transaction_read_only), not a lock: any session can set it off again, and a role with a setting of its own is not reached.',
      'Sessions that exist keep their old setting until they connect again: the run counts them and ends none. Restart the pools of the application.',
      'The way back is makeDatabaseWritable, which restores what was there before. Runs of this product write in spite of it.',
    ],
  },
  async (run, { target }) => {
    const seen = await run.check('Look at the default', read.findReadOnlyDefault({ target }));
    run.finishIf(seen.readOnly, 'New sessions of the database are read-only by default already.');
    await run.require(
      'The login owns the database',
      read.findDatabaseRight({ target }),
      (right) => right.allowed,
      `Only the owner of ${seen.database} may. Let the owner grant its role to the login "own", or run: ALTER DATABASE "${seen.database}" SET default_transaction_read_only = on.`,
    );

    await run.approve('Make new sessions read-only');
    await run.apply('Make new sessions read-only', write.setReadOnlyDefault({ target, value: 'on' }));
    const after = await run.verify('The default is read-only', read.findReadOnlyDefault({ target }), (now) => now.readOnly);
    return {
      summary: `New sessions of ${seen.database} on ${target} are read-only by default; sessions that keep their old setting: ${after.olderSessions} (writing: ${after.olderWriting}).`,
      advice: [
        ...(after.olderSessions
          ? [`Older sessions (${after.olderSessions}) can still write: restart the pools of the application, then look again.`]
          : []),
        ...(after.exceptions.length ? [`Not reached, because they have a setting of their own: ${after.exceptions.join(', ')}.`] : []),
        'It is a default: a session that says SET default_transaction_read_only = off, or BEGIN READ WRITE, writes. To forbid it, take the rights away.',
        'Back again: runbook start makeDatabaseWritable.',
      ],
    };
  },
);
