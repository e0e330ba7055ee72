import { z } from 'zod';
import type * as handler from '../../../activities/pg-tviews/trigger-handler';
import type * as installation from '../../../activities/pg-tviews/installation';
import type * as triggers from '../../../activities/pg-tviews/refresh-triggers';
import { TargetName } from '../../contracts/params';
import { defineRunbook, operations } from '../../engine';

const { read, write } = operations<typeof handler & typeof installation & typeof triggers>();
const REPLACE = 'replace the trigger function';
const LEAVE = 'leave them as they are';

export const disableRefreshTriggers = defineRunbook(
  {
    id: 'disableRefreshTriggers',
    title: 'Disable refresh triggers',
    system: 'pg-tviews',
    risk: 'disruptive',
    useWhen: [
      'refreshing TVIEWs makes the writes of the application fail or hang',
      'a refresh cascade runs away',
      'a bulk load is due and TVIEWs may be stale meanwhile',
    ],
    covers: ['tv-disable'],
    input: z.object({ target: TargetName }),
    example: { target: 'orders-eu' },
    approval: { quorum: 1, expiresAfter: '15 minutes', validFor: '30 minutes' },
    breakGlass: true,
    notes: [
      'TVIEWs are snapshots from then on: nothing that is written reaches them before restoreRefreshTriggers has run.',
      'Each table is altered in a transaction of its own, with a lock time-out of 1 second and three more tries. A table that cannot be locked is named, and the others are done; then replacing the trigger function is offered, which needs no lock on any table.',
    ],
  },
  async (run, { target }) => {
    const on = await run.check('Probe pg_tviews', read.probeTviews({ target }));
    const found = await run.require(
      'There are refresh triggers',
      read.measureRefreshTriggers({ target, on }),
      (now) => now.triggers > 0,
      'No trigger calls the refresh function, so there is nothing to disable; look why with: runbook start diagnoseTviews.',
    );
    run.finishIf(found.enabled === 0 || found.replaced > 0, 'No refresh trigger does anything already.');

    await run.approve('Disable the refresh triggers');
    await run.apply('Disable the refresh triggers', write.disableRefreshTriggers({ target, on }), { ifSkipped: { count: 0, sample: [] } });

    const left = await run.check('Count the triggers that still fire', read.measureRefreshTriggers({ target, on }));
    let choice = '';
    let lacks = '';
    if (left.enabled > 0) {
      const right = await run.check('Ask whether the trigger function may be replaced', read.findHandlerRight({ target, on }));
      lacks = right.lacks;
      choice = await run.approve('Some tables could not be locked', { choices: right.allowed ? [REPLACE, LEAVE] : [LEAVE] });
      if (choice === REPLACE) await run.apply('Replace the trigger function', write.replaceTriggerHandlers({ target, on }));
    }
    const after = await run.verify(
      'Nothing is refreshed any more',
      read.measureRefreshTriggers({ target, on }),
      (now) => now.triggers > 0 && (now.enabled === 0 || now.replaced >= on.handlers.length || choice === LEAVE),
    );
    return {
      summary: `${after.disabled} of ${after.triggers} refresh triggers on ${target} are disabled${after.replaced ? ', and the trigger function does nothing' : ''}${after.enabled && !after.replaced ? `; still firing: ${after.enabledOn.join(', ')}` : ''}. TVIEWs are snapshots now.`,
      advice: [
        `When the cause is fixed: runbook start restoreRefreshTriggers --target ${target}`,
        ...(lacks ? [`The trigger function could not be replaced. ${lacks}`] : []),
        'Tell who reads the TVIEWs that they do not change any more.',
        ...(found.missing ? [`${found.missing} triggers that the metadata demands were missing before: runbook start checkTviewHealth.`] : []),
      ],
    };
  },
);
