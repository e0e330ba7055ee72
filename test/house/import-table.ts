/** What the files of one area may import beside the files of their own area. An entry ending in `/` stands for all below it. */
export interface ImportRule {
  readonly area: string;
  readonly values: readonly string[];
  readonly types?: readonly string[];
  /** Whether any package may be imported, and Node's own modules; the wall is between our folders only. */
  readonly packages?: 'any';
  /** Whether files of the area may import values from one another; true when left out. */
  readonly ownValues?: false;
}

/** What every program may import of the project. */
const BELOW = ['activities/', 'workflows', 'workflows/'];
const CONTRACTS = 'workflows/contracts/';
const PURE = 'workflows/pure/';
const ACTIVITIES = ['activities/effects/', 'activities/sql/', 'activities/targets/', 'activities/postgres/', CONTRACTS, PURE, 'zod', 'node:'];

/** Who may import whom: the first rule whose area holds the file counts. */
export const IMPORT_TABLE: readonly ImportRule[] = [
  { area: CONTRACTS, values: ['zod'] },
  { area: PURE, values: [CONTRACTS, 'zod', '@noble/hashes/'] },
  { area: 'workflows/engine/', values: [CONTRACTS, PURE, 'workflows/names', 'zod', '@temporalio/workflow', '@temporalio/common'] },
  {
    area: 'workflows/runbooks/',
    ownValues: false,
    values: ['workflows/engine', 'workflows/engine/index', CONTRACTS, PURE, 'zod'],
    types: ['activities/', 'workflows/runbooks/'],
  },
  { area: 'workflows/entities/', values: ['workflows/engine/', CONTRACTS, PURE, 'zod', '@temporalio/workflow'], types: ['activities/'] },
  { area: 'workflows/', values: ['workflows/'] },
  { area: 'activities/sql/', values: ['pg', 'zod', CONTRACTS, PURE, 'node:'] },
  { area: 'activities/effects/', values: ['activities/sql/', 'zod', '@temporalio/activity', CONTRACTS, PURE, 'node:'] },
  { area: 'activities/targets/', values: [...ACTIVITIES, 'pg', 'yaml'] },
  { area: 'activities/control/', values: [...ACTIVITIES, 'pg'] },
  // Consoles of poolers and copies of servers are no targets: they are talked to directly.
  { area: 'activities/replication/', values: [...ACTIVITIES, 'activities/control/', 'pg', '@temporalio/activity'] },
  // The services of every run talk to Temporal itself.
  {
    area: 'activities/runs/',
    values: [...ACTIVITIES, 'activities/control/', '@temporalio/activity', '@temporalio/client', '@temporalio/common', '@temporalio/proto'],
  },
  // Messages leave by the clients of their services, and are remembered in the control database.
  {
    area: 'activities/notify/',
    values: [...ACTIVITIES, 'activities/control/', 'activities/report/', '@temporalio/activity', '@slack/web-api', 'nodemailer', 'yaml'],
  },
  ...['backup', 'incident', 'pg-index-pilot', 'pg-tviews', 'pggit', 'postgres', 'report'].map((area) => ({
    area: `activities/${area}/`,
    values: ACTIVITIES,
  })),
  // What the programs share: the catalogue of runbooks, and the rules by which alerts lead to runs.
  { area: 'workers/catalogue/', values: BELOW, packages: 'any' },
  { area: 'workers/alerts/', values: [...BELOW, 'workers/catalogue/'], packages: 'any' },
  { area: 'workers/schedules/', values: [...BELOW, 'workers/catalogue/'], packages: 'any' },
  // The programs: never one another.
  { area: 'workers/cli/', values: [...BELOW, 'workers/catalogue/', 'workers/alerts/', 'workers/schedules/'], packages: 'any' },
  { area: 'workers/gateway/', values: [...BELOW, 'workers/catalogue/', 'workers/alerts/'], packages: 'any' },
  { area: 'workers/worker/', values: BELOW, packages: 'any' },
  { area: 'scripts/', values: [...BELOW, 'workers/'], packages: 'any' },
  { area: 'test/', values: [...BELOW, 'workers/', 'scripts/'], packages: 'any' },
];

const OUR_FOLDERS = ['workflows', 'activities', 'workers', 'scripts', 'test'];

/** Whether an import is of a package or of Node, not of the project. */
export const isPackage = (what: string): boolean => !OUR_FOLDERS.some((folder) => what === folder || what.startsWith(`${folder}/`));

/** The area that no other area but these may import, in values or types. */
export const CLOSED: Readonly<Record<string, readonly string[]>> = {
  'workers/': ['workers/', 'scripts/', 'test/'],
  'scripts/': ['scripts/', 'test/'],
  'test/': ['test/'],
};

/** Whether an import is one of those listed. */
export const isListed = (what: string, listed: readonly string[]): boolean =>
  listed.some((entry) => (entry.endsWith('/') || entry.endsWith(':') ? what.startsWith(entry) : what === entry));
