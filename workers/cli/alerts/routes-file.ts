import { readFileSync } from 'node:fs';
import { readNotifyConfig } from '../../../activities/notify/notify-config';
import { didYouMean } from '../../../workflows/pure/did-you-mean';
import { problemsOfRoutes } from '../../alerts/check-routes';
import { readRoutes, type RoutesConfig } from '../../alerts/routes-config';
import { verifierOf } from '../../alerts/sources/verify';
import type { CatalogueEntry } from '../../catalogue/catalogue';
import { cliConfig } from '../terminal/config';
import { usage } from '../terminal/exit-codes';
import { registry } from '../targets/targets';

/** What was found in routes.yaml and beside it. */
export interface RoutesCheck {
  readonly path: string;
  readonly config: RoutesConfig | null;
  /** The names of targets.yaml. */
  readonly targets: readonly string[];
  /** What keeps a gateway from starting. */
  readonly problems: readonly string[];
  /** What is missing here, and need not be where the gateway runs. */
  readonly notes: readonly string[];
}

/** Looks over routes.yaml as the gateway does at its start. Never throws for what it finds there. */
export function checkRoutesFile(given: string | undefined, catalogue: readonly CatalogueEntry[]): RoutesCheck {
  const path = given ?? cliConfig().routesFile;
  const routes = attempt(() => readRoutes(path));
  const targets = attempt(() => registry().names);
  const problems = [
    ...('problem' in routes ? linesOf(routes.problem, '') : []),
    ...('problem' in targets ? linesOf(targets.problem, 'targets.yaml: ') : []),
  ];
  if ('problem' in routes) return { path, config: null, targets: [], problems, notes: [] };
  const config = routes.value;
  if ('value' in targets) problems.push(...problemsOfRoutes(config, catalogue, targets.value));
  const notes: string[] = [];
  for (const [name, { authentication }] of Object.entries(config.sources)) {
    const at = 'tokens' in authentication ? 'tokens' : 'secrets';
    // Each of its own: one that is missing hides no other.
    for (const reference of 'tokens' in authentication ? authentication.tokens : authentication.secrets) {
      const verifier = attempt(() => verifierOf({ authentication: { ...authentication, [at]: [reference] } }));
      if (!('problem' in verifier)) continue;
      // What is too short here is too short everywhere.
      if (verifier.type === 'TargetNotReady') notes.push(`sources.${name}: ${verifier.problem.replace(/ (on|by) this worker/, ' here')}`);
      else problems.push(`sources.${name}: ${verifier.problem}`);
    }
  }
  const people = checkPeople(config.pageTo);
  return {
    path,
    config,
    targets: 'value' in targets ? targets.value : [],
    problems: [...problems, ...people.problems],
    notes: [...notes, ...people.notes],
  };
}

function checkPeople(pageTo: string): { readonly problems: readonly string[]; readonly notes: readonly string[] } {
  const path = process.env['RUNBOOKS_NOTIFY'];
  if (!path)
    return { problems: [], notes: [`pageTo: RUNBOOKS_NOTIFY is not set here; without notify.yaml nobody is told what the gateway will not do`] };
  const read = attempt(() => readNotifyConfig(path));
  if ('problem' in read) return { problems: linesOf(read.problem, 'notify.yaml: '), notes: [] };
  const { recipients, everyone } = read.value;
  if (recipients.has(pageTo)) return { problems: [], notes: [] };
  if (everyone !== null) return { problems: [], notes: [`pageTo: notify.yaml has no recipient "${pageTo}"; its messages go to ${everyone}`] };
  return {
    problems: [],
    notes: [
      `pageTo: notify.yaml has no recipient "${pageTo}" and no "everyone", so nobody would be told.${didYouMean(pageTo, [...recipients.keys()])}`,
    ],
  };
}

function attempt<T>(body: () => T): { readonly value: T } | { readonly problem: string; readonly type: string } {
  try {
    return { value: body() };
  } catch (error) {
    return { problem: (error as Error).message, type: (error as { name?: string }).name ?? '' };
  }
}

/** The problems of a refused file without the line above them. */
function linesOf(message: string, file: string): string[] {
  const [head = '', ...lines] = message.split('\n');
  return lines.length ? lines.map((line) => `${file}${line.trim()}`) : [head];
}

/** The source that a payload is read as; throws CliFailure where it is not clear which. */
export function sourceOf({ sources }: RoutesConfig, given: string | undefined): string {
  const names = Object.keys(sources);
  if (given === undefined) {
    if (names.length === 1 && names[0] !== undefined) return names[0];
    throw usage(`Say which source sends it: --source ${names.join(' or --source ')}.`);
  }
  if (names.includes(given)) return given;
  throw usage(`--source: routes.yaml has no source "${given}".${didYouMean(given, names)} Known: ${names.join(', ')}.`);
}

/** The bytes of a file, or of stdin for `-`; throws CliFailure where they cannot be read. */
export function payloadOf(file: string): Buffer {
  try {
    return readFileSync(file === '-' ? 0 : file);
  } catch (error) {
    throw usage(`${file === '-' ? 'stdin' : file} cannot be read (${(error as Error).message}).`);
  }
}
