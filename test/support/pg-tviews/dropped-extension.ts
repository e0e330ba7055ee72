import type { Client } from 'pg';
import type { Dialect } from './beds';

/** What DROP EXTENSION leaves: metadata and functions are gone, the triggers and their function stand. */
export async function dropExtension(admin: Client, dialect: Dialect): Promise<void> {
  await admin.query(
    dialect === 'immediate'
      ? 'drop table pg_tview_meta; drop function tview_refresh_row'
      : 'drop table pg_tviews_metadata; drop table pg_tviews_internal.queue cascade',
  );
}
