import { execFileSync } from 'node:child_process';

/** What decides the arguments of the development server. */
export interface TemporalFlags {
  port: number;
  metricsPort: number;
  httpPort: number;
  /** Undefined for a server without the web page. */
  uiPort: number | undefined;
  databaseFile: string | undefined;
  searchAttributes: Readonly<Record<string, string>>;
  /** Made at the first start, beside `default`. */
  namespaces: readonly string[];
}

type Flag = [name: string, value?: string | number];

function listFlags(flags: TemporalFlags): Flag[] {
  const list: Flag[] = [
    ['--ip', '127.0.0.1'],
    ['--port', flags.port],
    ['--metrics-port', flags.metricsPort],
    ['--http-port', flags.httpPort],
    ['--log-level', 'error'],
    // With the defaults the one history shard asks for work 20 times a second, so that every activity costs 100 ms.
    ['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=2000'],
    ['--dynamic-config-value', 'history.timerProcessorMaxPollRPS=2000'],
  ];
  if (flags.uiPort === undefined) list.push(['--headless']);
  else list.push(['--ui-port', flags.uiPort], ['--ui-disable-news-fetch']);
  if (flags.databaseFile !== undefined) {
    // Without write-ahead logging a burst of runs blocks the file for minutes.
    list.push(['--db-filename', flags.databaseFile]);
    list.push(['--sqlite-pragma', 'journal_mode=wal'], ['--sqlite-pragma', 'synchronous=normal']);
  }
  for (const name of flags.namespaces) list.push(['--namespace', name]);
  for (const [name, type] of Object.entries(flags.searchAttributes)) list.push(['--search-attribute', `${name}=${type}`]);
  return list;
}

/** The arguments of the server, without those that an older program does not know. */
export function temporalArguments(program: string, flags: TemporalFlags): string[] {
  const help = execFileSync(program, ['server', 'start-dev', '--help'], { encoding: 'utf8' });
  const known = listFlags(flags).filter(([name]) => help.includes(`${name} `));
  return ['server', 'start-dev', ...known.flatMap(([name, value]) => (value === undefined ? [name] : [name, String(value)]))];
}
