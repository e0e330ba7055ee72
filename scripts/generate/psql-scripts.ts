import * as installation from '../../activities/pg-tviews/installation';
import * as metadata from '../../activities/pg-tviews/metadata';
import * as queue from '../../activities/pg-tviews/refresh-queue';
import * as triggers from '../../activities/pg-tviews/refresh-triggers';
import * as quarantine from '../../activities/pg-tviews/queue-quarantine';
import * as views from '../../activities/pg-tviews/views';
import { rendered, type Sql } from '../../activities/sql/sql';

/** A script that a person runs with psql where Temporal is away; made from the operations that the runbooks use. */
export interface PsqlScript {
  readonly path: string;
  readonly text: string;
}

const DIALECTS: Readonly<Record<'immediate' | 'queued', installation.Installation>> = {
  immediate: { dialect: 'immediate', schema: 'public', version: null, handlers: ['public.tview_trigger_handler()'], queue: null, isExtension: true },
  queued: {
    dialect: 'queued',
    schema: 'public',
    version: null,
    handlers: ['pg_tviews_internal.enqueue()'],
    queue: { schema: 'pg_tviews_internal', table: 'queue' },
    isExtension: false,
  },
};
const target = 'any';

/** The scripts of procedure tv-scripts, for each interface of pg_tviews. */
export function psqlScripts(): PsqlScript[] {
  return (['immediate', 'queued'] as const).flatMap((dialect) => {
    const on = DIALECTS[dialect];
    const path = (name: string): string => `docs/scripts/pg-tviews/${dialect}/${name}.sql`;
    return [
      {
        path: path('health-check'),
        text: script('Health check: looks only', ['probeTviews', 'countTviews', 'listTviewStatus', 'measureRefreshTriggers'], [healthCheck(on)]),
      },
      {
        path: path('refresh-status'),
        text: script('Refresh status: the difference of each TVIEW and its view; looks only', ['listTviews', 'compareTview'], [refreshStatus(on)]),
      },
      {
        path: path('emergency-disable'),
        text: script(
          'Emergency: disables every refresh trigger that fires, and first writes a file emergency-restore-<time>.sql that puts them back',
          ['disableRefreshTriggers', 'measureRefreshTriggers'],
          [emergencyDisable(on)],
        ),
      },
      ...(dialect === 'immediate'
        ? [
            {
              path: path('save-metadata'),
              text: script(
                'Saves the metadata, which a dump does not carry; run the file it writes after a restore, then refreshAllTviews',
                ['metadataInserts'],
                [saveMetadata(on)],
              ),
            },
          ]
        : []),
      ...(on.queue
        ? [
            {
              path: path('queue-cleanup'),
              text: script(
                'Queue clean-up: quarantines entries of views that do not exist, in one transaction',
                ['measureQueue', 'listQueueByView', 'quarantineQueueEntries'],
                [queueCleanup(on)],
              ),
            },
          ]
        : []),
    ];
  });
}

function script(title: string, operations: readonly string[], parts: readonly string[]): string {
  return [
    `-- ${title}.`,
    `-- Made by "npm run generate" from the operations ${operations.join(', ')}; changes here are lost.`,
    '-- Run it with: psql -X -d <database> -f <this file>',
    '-- It leaves no record and asks nobody: use the runbook where Temporal is at hand.',
    `\\set ON_ERROR_STOP on`,
    `set statement_timeout = '10min';`,
    `set lock_timeout = '1s';`,
    ...parts,
    '',
  ].join('\n\n');
}

const echoThenRun = (title: string, statement: Sql): string => `\\echo '${title}'\n${rendered(statement)};`;

function healthCheck(on: installation.Installation): string {
  return [
    echoThenRun('What is installed', installation.probeTviews.statement({ target })),
    echoThenRun(
      'How many views and triggers there are: 0 of something that should be there is no good news',
      views.countTviews.statement({ target, on }),
    ),
    echoThenRun('Each view, those with problems first', views.listTviewStatus.statement({ target, on })),
    echoThenRun('The refresh triggers', triggers.measureRefreshTriggers.statement({ target, on })),
  ].join('\n\n');
}

// Names that are put in later by format(): psql's \gexec runs what comes of it.
const place = (n: number): string => `%${n}$s`;

/** A statement with places for names and values, as the format text of a SELECT for \gexec. */
function template(statement: Sql): string {
  const text = rendered(statement)
    .replace(/%(?!\d\$s)/g, '%%')
    .replace(/"(%\d\$s)"/g, '$1')
    .replace(/E?'(%\d\$s)'/g, '$1');
  return `$script$${text}$script$`;
}

function refreshStatus(on: installation.Installation): string {
  const tview = { entity: place(7), schema: place(1), table: place(2), viewSchema: place(3), view: place(4), columns: [place(6)], key: place(5) };
  const compare = template(views.compareTview.statement({ target, on, tview }));
  return `\\echo 'Each view: rows that differ, and ghosts among them'
select format(${compare},
  quote_ident(v.schema), quote_ident(v."table"), quote_ident(v."viewSchema"), quote_ident(v.view), quote_ident(v.key),
  (select string_agg(quote_ident(c), ', ' order by i) from unnest(v.columns) with ordinality as u (c, i)), quote_literal(v.entity))
  from (${rendered(views.listTviews.statement({ target, on, after: '' }))}) v
\\gexec`;
}

function emergencyDisable(on: installation.Installation): string {
  const before = rendered(triggers.disableRefreshTriggers.before.statement({ target, on }));
  const [disable] = [
    triggers.disableRefreshTriggers.statement({ target, on }, [{ schema: place(1), table: place(2), trigger: place(3), state: 'O' }]),
  ].flat();
  if (!disable) throw new Error('Disabling has no statement.');
  return `select format('emergency-restore-%s.sql', to_char(clock_timestamp(), 'YYYYMMDD-HH24MISS')) as restore \\gset
\\echo 'How they are put back goes first of all into the file' :restore
\\pset tuples_only on
\\pset format unaligned
select format('alter table only %I.%I %s trigger %I;', schema, "table",
              case state when 'R' then 'enable replica' when 'A' then 'enable always' else 'enable' end, trigger)
  from (${before}) t
\\g :restore
\\echo 'One table after the other; one that cannot be locked in a second is passed over'
\\set ON_ERROR_STOP off
select format(${template(disable)}, quote_ident(schema), quote_ident("table"), quote_ident(trigger))
  from (${before}) t
\\gexec
\\set ON_ERROR_STOP on
\\pset tuples_only off
\\pset format aligned
${echoThenRun('What still fires: "enabled" must be 0, beside a number of triggers that is not', triggers.measureRefreshTriggers.statement({ target, on }))}`;
}

function saveMetadata(on: installation.Installation): string {
  return `-- Names are written with their schemas.
set search_path = pg_catalog;
select format('tviews-metadata-%s.sql', to_char(clock_timestamp(), 'YYYYMMDD-HH24MISS')) as file \\gset
\\echo 'It goes into the file' :file
\\pset tuples_only on
\\pset format unaligned
${rendered(metadata.metadataInserts(on))}
\\g :file`;
}

function queueCleanup(on: installation.Installation): string {
  const taken = { entity: place(1), entries: 0, until: place(2) };
  const [table, move] = [quarantine.quarantineQueueEntries.statement({ target, on, only: 'orphaned' }, [taken])].flat();
  if (!table || !move) throw new Error('The quarantine has two statements.');
  return `${echoThenRun('The queue', queue.measureQueue.statement({ target, on }))}

${echoThenRun('By view', queue.listQueueByView.statement({ target, on }))}

begin;
${rendered(table)};
select format(${template(move)}, quote_literal(entity), quote_literal(until))
  from (${rendered(quarantine.quarantineQueueEntries.before.statement({ target, on, only: 'orphaned' }))}) o
\\gexec
commit;

${echoThenRun('The queue afterwards', queue.measureQueue.statement({ target, on }))}`;
}
