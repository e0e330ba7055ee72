import { z } from 'zod';
import type * as extensions from '../../../activities/postgres/extensions';
import type * as wal from '../../../activities/postgres/wal';
import { Identifier, TargetName } from '../../contracts/params';
import { defineRunbook, operations } from '../../engine';

const { read, write } = operations<typeof extensions & typeof wal>();

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
      to: z.string().min(1).max(60).describe('the exact version to update to; never "latest"'),
    }),
    example: { target: 'orders-eu', extension: 'pg_trgm', to: '1.6' },
    approval: { quorum: 1, expiresAfter: '1 hour', validFor: '30 minutes' },
    notes: [
      'Install the files of the new version on every server of the cluster first, standbys too: this run cannot check them.',
      'If no scripts lead back, the commit is the point of no return: only a recovery to the restore point brings the old version back.',
      'No transaction is open while the run waits for people.',
    ],
  },
  async (run, { target, extension, to }) => {
    const update = { target, extension, to };
    const facts = await run.require(
      'The extension is installed',
      read.findExtensionPath(update),
      (found) => found.installed !== null,
      'Look up its name in pg_extension of this database; this runbook does not install extensions.',
    );
    run.finishIf(facts.installed === to, 'The extension already has this version.');
    await run.require(
      'Scripts lead to the version',
      read.findExtensionPath(update),
      (found) => found.offered && found.path !== null,
      'Look at pg_extension_update_paths(), and install the files of the version on the server first.',
    );

    await run.approve('Try the update in a transaction that is rolled back');
    await run.apply('Try the update', write.tryExtensionUpdate(update));

    await run.approve('Update the extension');
    await run.apply('Set a restore point', write.createRestorePoint({ target, name: `before-${extension}-${to}`.slice(0, 63) }));
    if (facts.back !== null) await run.apply('Update the extension', write.updateExtension(update));
    else await run.irreversible('Update the extension', write.updateExtensionPermanently(update));

    await run.verify('The version is the wanted one', read.findExtensionPath(update), (found) => found.installed === to);
    return {
      summary: `${extension} on ${target} was updated from ${facts.installed ?? 'nothing'} to ${to}${facts.back === null ? ', permanently' : ''}.`,
      advice: [
        ...(facts.preloaded ? [`${extension} is in shared_preload_libraries: its library is replaced only when the server restarts.`] : []),
        'Watch the error rate of the application for an hour.',
      ],
    };
  },
);
