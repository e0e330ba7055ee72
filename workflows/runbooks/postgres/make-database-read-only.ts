import { z } from 'zod';
import type * as settings from '../../../activities/postgres/settings';
import { TargetName } from '../../contracts/params';
import { defineRunbook, operations } from '../../engine';

const { read, write } = operations<typeof settings>();

export const makeDatabaseReadOnly = defineRunbook(
  {
    id: 'makeDatabaseReadOnly',
    title: 'Make the database read-only',
    system: 'postgres',
    risk: 'disruptive',
    useWhen: ['writes do harm and reads should continue', 'an emergency needs a database that nobody changes', 'before data is copied or compared'],
    covers: ['tv-read-only'],
    input: z.object({ target: TargetName }),
    example: { target: 'orders-eu' },
    approval: { quorum: 1, expiresAfter: '15 minutes', validFor: '30 minutes' },
    notes: [
      'It sets a default (ALTER DATABASE … SET default_transaction_read_only), not a lock: any session can turn it off, and it does not reach roles with a setting of their own.',
      'Existing sessions keep their old setting until they reconnect: the run counts them and terminates none. Restart the connection pools of the application.',
      'makeDatabaseWritable restores what was set before. Runs of this product can still write.',
    ],
  },
  async (run, { target }) => {
    const seen = await run.check('Read the default', read.findReadOnlyDefault({ target }));
    run.finishIf(seen.readOnly, 'New sessions of the database are already read-only by default.');

    await run.approve('Make new sessions read-only');
    await run.apply('Make new sessions read-only', write.setReadOnlyDefault({ target, value: 'on' }));
    const after = await run.verify('The default is read-only', read.findReadOnlyDefault({ target }), (now) => now.readOnly);
    return {
      summary: `New sessions of ${seen.database} on ${target} are read-only by default; sessions that keep their old setting: ${after.olderSessions} (writing: ${after.olderWriting}).`,
      advice: [
        ...(after.olderSessions
          ? [`Older sessions (${after.olderSessions}) can still write: restart the connection pools of the application, then look again.`]
          : []),
        ...(after.exceptions.length ? [`These roles have a setting of their own, which takes precedence: ${after.exceptions.join(', ')}.`] : []),
        'It is a default: a session can still write after SET default_transaction_read_only = off or BEGIN READ WRITE. To forbid writes, revoke the privileges.',
        'To restore the setting from before: runbook start makeDatabaseWritable.',
      ],
    };
  },
);
