import { z } from 'zod';
import type * as installation from '../../../activities/pg-tviews/installation';
import type * as rebuild from '../../../activities/pg-tviews/rebuild';
import { Identifier, TargetName } from '../../contracts/params';
import { defineRunbook, operations } from '../../engine';

const { read, readSlow, write } = operations<typeof installation & typeof rebuild>();

export const rebuildTview = defineRunbook(
  {
    id: 'rebuildTview',
    title: 'Rebuild a TVIEW',
    system: 'pg-tviews',
    risk: 'disruptive',
    useWhen: ['the table or the view of a TVIEW was dropped', 'the table of a TVIEW lacks columns of its view', 'writes warn "Failed to refresh"'],
    covers: [],
    input: z.object({
      target: TargetName,
      entity: z.string().min(1).max(200).describe('the entity as pg_tviews knows it, with or without "tv_"'),
      readers: z
        .array(Identifier)
        .max(20)
        .default([])
        .describe('roles that get SELECT on what is built: the grants of a table that is gone are gone with it'),
    }),
    example: { target: 'orders-eu', entity: 'order', readers: ['app_web'] },
    approval: { quorum: 1, expiresAfter: '30 minutes', validFor: '30 minutes' },
    notes: [
      'Builds from the definition that the released extension keeps; the queued interface keeps none.',
      'TVIEWs whose views nest on it are dropped and rebuilt with it, in one transaction; indexes and grants that still stand are kept.',
      'Indexes and grants of a table that is gone are gone with it: name its readers in the input, and create the indexes again from your migrations.',
    ],
  },
  async (run, { target, entity, readers }) => {
    const on = await run.check('Probe pg_tviews', read.probeTviews({ target }));
    const found = await run.check('Find what is damaged', read.findTviewDamage({ target, on, entity }));
    run.finishIf(found.damage === null, 'Its table and its view are there and fit; runbook start refreshTview makes them equal.');

    await run.approve('Drop and rebuild it');
    await run.apply('Rebuild it', write.rebuildTviews({ target, on, entity: found.entity, schema: found.schema, readers }));

    const built = await run.verify(
      'What was built equals its views',
      readSlow.compareBuiltTviews({ target, on, entities: found.rebuilds }),
      (compared) => compared.length > 0 && compared.every(({ differing }) => differing === 0),
    );
    return {
      summary: `${found.entity} on ${target} was rebuilt (${found.damage ?? 'nothing was damaged'}), in all ${built.length}: ${found.rebuilds.join(', ')}.`,
      advice: [
        'Indexes and grants of a table or view that was gone are not restored, beside those of "readers": create them again from your migrations.',
        'Writes that were made while it was damaged may have left other TVIEWs stale: runbook start refreshAllTviews.',
      ],
    };
  },
);
