/** What stands in the files of a PgBouncer. */
export interface PoolerFiles {
  readonly database: string;
  readonly node: { readonly host: string; readonly port: number };
  readonly port: number;
  /** The included file. */
  readonly file: string;
  readonly usersFile: string;
  readonly consoleUser: string;
  readonly settings: Readonly<Record<string, string | number>>;
}

/** The main file, which includes the other, and the file with the line of the database, which a switchover rewrites. */
export function poolerConfig({ database, node, port, file, usersFile, consoleUser, settings }: PoolerFiles): { main: string; database: string } {
  const section = {
    listen_addr: '127.0.0.1',
    listen_port: port,
    unix_socket_dir: '',
    auth_type: 'scram-sha-256',
    auth_file: usersFile,
    admin_users: consoleUser,
    pool_mode: 'transaction',
    max_client_conn: 200,
    default_pool_size: 20,
    // In the file, because values of SET are lost at a RELOAD; the defaults keep clients waiting for 15 seconds after a failover.
    server_login_retry: 1,
    server_connect_timeout: 2,
    query_wait_timeout: 120,
    ignore_startup_parameters: 'extra_float_digits,statement_timeout',
    ...settings,
  };
  return {
    main: `${['[pgbouncer]', ...Object.entries(section).map(([name, value]) => `${name} = ${value}`), `%include ${file}`].join('\n')}\n`,
    database: `;; pg-runbooks token=0\n[databases]\n${database} = host=${node.host} port=${node.port} dbname=${database}\n`,
  };
}
