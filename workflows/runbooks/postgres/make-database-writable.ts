import { z } from 'zod';
import type * as settings from '../../../activities/postgres/settings';
import { TargetName } from '../../contracts/params';
import { defineRunbook, operations } from '../../engine';

const { read, write } = operations<typeof settings>();

export const makeDatabaseWritable = defineRunbook(
  {
    id: 'makeDatabaseWritable',
    title: 'Make the database writable',
    system: 'postgres',
    risk: 'disruptive',
    useWhen: [
      'the reason for makeDatabaseReadOnly is over',
      'applications get "cannot execute … in a read-only transaction" (25006) after the emergency',
    ],
    covers: [],
    input: z.object({ target: TargetName }),
    example: { target: 'orders-eu' },
    approval: { quorum: 1, expiresAfter: '15 minutes', validFor: '30 minutes' },
    notes: [
      'Restores the setting that the ledger recorded when makeDatabaseReadOnly ran; a setting that somebody else has made is left alone.',
      'Sessions that began read-only stay read-only until they reconnect.',
    ],
  },
  async (run, { target }) => {
    const seen = await run.check('Read the default', read.findReadOnlyDefault({ target }));
    run.finishIf(
      !seen.readOnly,
      'New sessions of the database are not read-only by default. If writes fail, look for a standby, or for a setting of the role or the server.',
    );
    await run.require(
      'The ledger says what was set before',
      read.findReadOnlyDefault({ target }),
      (now) => now.recorded,
      `No run made it read-only, so somebody did it by hand and had a reason. When you know that reason, let the owner run: ALTER DATABASE "${seen.database}" RESET default_transaction_read_only.`,
    );

    await run.approve('Restore the setting from before');
    const value = seen.recordedValue;
    await run.apply('Restore the setting from before', write.setReadOnlyDefault({ target, value }));
    const after = await run.verify('The setting is the one from before', read.findReadOnlyDefault({ target }), (now) => now.value === value);
    return {
      summary: `New sessions of ${seen.database} on ${target} have the setting from before (${value ?? 'none of the database'}); ${after.sessions} sessions are connected.`,
      advice: [
        'Sessions that began meanwhile stay read-only until they reconnect: restart the connection pools of the application.',
        ...(after.readOnly
          ? [`The setting from before is read-only too (${value ?? ''}): the database was read-only before makeDatabaseReadOnly ran.`]
          : []),
      ],
    };
  },
);
