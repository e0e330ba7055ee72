import { z } from 'zod';
import type * as extensions from '../../../activities/postgres/extensions';
import { Identifier, TargetName } from '../../contracts/params';
import { defineRunbook, operations } from '../../engine';

const { read, write } = operations<typeof extensions>();

export const upgradeExtension = defineRunbook(
  {
    id: 'upgradeExtension',
    title: 'Upgrade an extension',
    system: 'postgres',
    risk: 'irreversible',
    useWhen: ['a newer version of an extension is installed on the servers', 'a release note asks for ALTER EXTENSION … UPDATE'],
    covers: [],
    input: z.object({
      target: TargetName,
      extension: Identifier.describe('the name of the extension, as in pg_extension'),
      to: z.string().min(1).max(60).describe('the exact version to go to; never "latest"'),
    }),
    example: { target: 'orders-eu', extension: 'pg_trgm', to: '1.6' },
    approval: { quorum: 1, expiresAfter: '1 hour', validFor: '30 minutes' },
    notes: [
      'The new version must be installed on every server of the cluster, standbys too, before this run: it cannot look there.',
      'Where no scripts lead back, the commit is the point of no return, and only a restore to the restore point brings the old version back.',
      'No transaction is open while people are waited for.',
    ],
  },
  async (run, { target, extension, to }) => {
    const update = { target, extension, to };
    const facts = await run.require(
      'The extension is installed',
      read.findExtensionPath(update),
      (found) => found.installed !== null,
      'Look at the name in pg_extension of this database; this runbook does not install an extension.',
    );
    run.finishIf(facts.installed === to, 'The extension has this version already.');
    await run.require(
      'Scripts lead to the version',
      read.findExtensionPath(update),
      (found) => found.offered && found.path !== null,
      'Look in pg_extension_update_paths() and install the files of the version on the server first.',
    );

    await run.approve('Try the update in a transaction that is rolled back');
    await run.apply('Try the update', write.tryExtensionUpdate(update));

    await run.approve('Update the extension');
    await run.apply('Set a restore point', write.createRestorePoint({ target, name: `before-${extension}-${to}`.slice(0, 63) }));
    if (facts.back !== null) await run.apply('Update the extension', write.updateExtension(update));
    else await run.irreversible('Update the extension', write.updateExtensionForGood(update));

    await run.verify('The version is the wanted one', read.findExtensionPath(update), (found) => found.installed === to);
    return {
      summary: `${extension} on ${target} went from ${facts.installed ?? 'nothing'} to ${to}${facts.back === null ? ', for good' : ''}.`,
      advice: [
        ...(facts.preloaded ? [`${extension} is in shared_preload_libraries: its library changes only with a restart of the server.`] : []),
        'Watch the error rate of the application for an hour.',
      ],
    };
  },
);
