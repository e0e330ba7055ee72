import { Client } from 'pg';

/** The login by which standbys stream. */
export const REPLICATION = { user: 'rb_repl', password: 'rb_repl' } as const;
/** The login of the applications. */
export const APPLICATION = { user: 'app', password: 'app' } as const;

/** Makes the roles that a cluster has before its targets. */
export async function makeRoles(url: string): Promise<void> {
  await asAdmin(url, (admin) =>
    admin.query(`create role ${REPLICATION.user} login replication password '${REPLICATION.password}';
      create role ${APPLICATION.user} login password '${APPLICATION.password}'`),
  );
}

/** Makes a slot for each standby, so that no WAL is lost between its copy and its first connection. */
export async function makeSlots(admin: Client, standbys: readonly string[]): Promise<void> {
  await admin.query(`select pg_create_physical_replication_slot(name, true) from unnest($1::text[]) name`, [standbys]);
}

/** Makes the schema of the applications with the table of acknowledged writes. */
export async function makeAppSchema(url: string): Promise<void> {
  await asAdmin(url, (admin) =>
    admin.query(`create schema app;
      create table app.acknowledged (id bigint primary key, writer int not null, at timestamptz not null default clock_timestamp());
      grant usage on schema app to ${APPLICATION.user}, rb_read, rb_own, rb_ctl;
      grant select, insert on app.acknowledged to ${APPLICATION.user}; grant select on app.acknowledged to rb_read, rb_ctl`),
  );
}

/** Runs a body with a superuser's session. */
export async function asAdmin<T>(connectionString: string, body: (admin: Client) => Promise<T>): Promise<T> {
  const admin = new Client({ connectionString, connectionTimeoutMillis: 5_000 });
  admin.on('error', () => undefined);
  await admin.connect();
  try {
    return await body(admin);
  } finally {
    await admin.end();
  }
}
