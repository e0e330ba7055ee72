import { z } from 'zod';
import type * as readOnlyDefault from '../../../activities/postgres/read-only-default';
import { TargetName } from '../../contracts/params';
import { defineRunbook, operations } from '../../engine';

const { read, write } = operations<typeof readOnlyDefault>();

export const makeDatabaseWritable = defineRunbook(
  {
    id: 'makeDatabaseWritable',
    title: 'Make the database writable',
    system: 'postgres',
    risk: 'disruptive',
    useWhen: ['makeDatabaseReadOnly has done its work', 'applications get "cannot execute … in a read-only transaction" (25006) after the emergency'],
    covers: [],
    input: z.object({ target: TargetName }),
    example: { target: 'orders-eu' },
    approval: { quorum: 1, expiresAfter: '15 minutes', validFor: '30 minutes' },
    notes: [
      'Restores the setting that the ledger recorded when makeDatabaseReadOnly ran; one that somebody else has set is not touched.',
      'Sessions that began read-only stay so until they connect again.',
    ],
  },
  async (run, { target }) => {
    const seen = await run.check('Look at the default', read.findReadOnlyDefault({ target }));
    run.finishIf(
      !seen.readOnly,
      'New sessions of the database are not read-only by default. Where writes fail, look for a standby, or for a setting of the role or the server.',
    );
    await run.require(
      'The ledger says what was before',
      read.findReadOnlyDefault({ target }),
      (now) => now.recorded,
      `No run made it read-only, so somebody did by hand and had a reason. When that is settled, the owner runs: ALTER DATABASE "${seen.database}" RESET default_transaction_read_only.`,
    );
    await run.require(
      'The login owns the database',
      read.findDatabaseRight({ target }),
      (right) => right.allowed,
      `Only the owner of ${seen.database} may. Let the owner grant its role to the login "own".`,
    );

    await run.approve('Give new sessions the setting from before');
    const value = seen.recordedValue;
    await run.apply('Give new sessions the setting from before', write.setReadOnlyDefault({ target, value }));
    const after = await run.verify('The setting is the one from before', read.findReadOnlyDefault({ target }), (now) => now.value === value);
    return {
      summary: `New sessions of ${seen.database} on ${target} have the setting from before (${value ?? 'none of the database'}); ${after.sessions} sessions are connected.`,
      advice: [
        'Sessions that began meanwhile stay read-only until they connect again: restart the pools of the application.',
        ...(after.readOnly ? [`The setting from before is read-only too (${value ?? ''}): the database was so before makeDatabaseReadOnly.`] : []),
      ],
    };
  },
);
