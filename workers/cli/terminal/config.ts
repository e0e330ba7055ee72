import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { usage } from './exit-codes';
import { packageRoot } from '../../catalogue/package-root';

const Environment = z.object({
  RUNBOOKS_TASK_QUEUE: z.string().min(1).default('runbooks'),
  RUNBOOKS_TARGETS: z.string().min(1).default('./targets.yaml'),
  RUNBOOKS_NOTIFY: z.string().min(1).default('./notify.yaml'),
  RUNBOOKS_ROUTES: z.string().min(1).default('./routes.yaml'),
  /** An auditor's login on the control database: reads reports that Temporal no longer has. */
  RUNBOOKS_CONTROL_READ_URL: z.string().min(1).optional(),
});

/** What the CLI takes from its environment, but for Temporal's own part. */
export interface CliConfig {
  readonly taskQueue: string;
  readonly targetsFile: string;
  readonly notifyFile: string;
  readonly routesFile: string;
  readonly controlReadUrl: string | null;
}

/** Reads the environment; a running demo fills in what is not set. Throws CliFailure with every problem. */
export function cliConfig(environment: NodeJS.ProcessEnv = process.env): CliConfig {
  fillFromDemo(environment);
  const parsed = Environment.safeParse(environment);
  if (!parsed.success) throw usage(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'));
  const { RUNBOOKS_TASK_QUEUE, RUNBOOKS_TARGETS, RUNBOOKS_NOTIFY, RUNBOOKS_ROUTES, RUNBOOKS_CONTROL_READ_URL } = parsed.data;
  return {
    taskQueue: RUNBOOKS_TASK_QUEUE,
    targetsFile: RUNBOOKS_TARGETS,
    notifyFile: RUNBOOKS_NOTIFY,
    routesFile: RUNBOOKS_ROUTES,
    controlReadUrl: RUNBOOKS_CONTROL_READ_URL ?? null,
  };
}

const DemoEnvironment = z.record(z.string(), z.string());

// Whoever names one of these means another place than the demo; a mixture of both would be dangerous.
const PLACES = ['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE', 'RUNBOOKS_TARGETS'];

/** Sets the variables that a running demo wrote to `.demo/environment.json`, where they are not set and nothing names another place; returns their names. */
export function fillFromDemo(
  environment: NodeJS.ProcessEnv = process.env,
  path: string = join(packageRoot(), '.demo', 'environment.json'),
): string[] {
  if (!existsSync(path)) return [];
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    // The demo may be writing it right now; without it the defaults count.
    return [];
  }
  const demo = DemoEnvironment.safeParse(content);
  if (!demo.success || PLACES.some((name) => environment[name] !== undefined && environment[name] !== demo.data[name])) return [];
  const missing = Object.entries(demo.data).filter(([name]) => environment[name] === undefined);
  for (const [name, value] of missing) environment[name] = value;
  if (missing.length && process.argv.includes('--verbose'))
    process.stderr.write(`From the running demo (${path}): ${missing.map(([name]) => name).join(', ')}\n`);
  return missing.map(([name]) => name);
}
