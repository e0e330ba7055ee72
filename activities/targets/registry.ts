import { z } from 'zod';
import { didYouMean } from '../../workflows/pure/did-you-mean';
import { SYSTEMS } from '../../workflows/contracts/header';
import { LOGIN_CLASSES } from '../../workflows/contracts/operation-shape';
import { TargetName } from '../../workflows/contracts/params';
import { ChangeWindow, Freeze } from './change-windows';
import { KernelFailure } from '../sql/kernel-failure';
import { slotOf } from './slot-name';
import { checkedSettings, readSettings } from './settings-file';

/** A secret by reference: an environment variable or a file. A secret itself never stands in targets.yaml. */
export const SecretReference = z.union([z.strictObject({ env: z.string().min(1) }), z.strictObject({ file: z.string().min(1) })]);

const Login = z.strictObject({ user: z.string().min(1), password: SecretReference.optional() });

/** Who has power over a node's server process and files: the worker itself (it runs on the node's machine), or a person who is asked. */
const Control = z.discriminatedUnion('by', [
  z.strictObject({
    by: z.literal('local'),
    /** The folder of pg_ctl and postgres, of the server's own version. */
    bin: z.string().min(1),
    /** The operating system's account of the server, where the worker runs as root. Default `postgres`. */
    runAs: z.string().min(1).default('postgres'),
  }),
  z.strictObject({ by: z.literal('person') }),
]);

const Console = z.strictObject({
  host: z.string().min(1),
  port: z.int().min(1).max(65_535).default(6_432),
  user: z.string().min(1),
  password: SecretReference.optional(),
  /** The file that pgbouncer.ini includes (`%include`), with the line of the database in it; rewritten at each re-pointing. */
  file: z.string().min(1),
});

/** Where applications connect: what a switchover closes, points elsewhere and opens. */
const Endpoint = z.discriminatedUnion('by', [
  z.strictObject({ by: z.literal('pgbouncer'), database: z.string().min(1), consoles: z.array(Console).min(1) }),
  /** The TCP endpoint of the demo and the tests (scripts/parts/tcp-endpoint.ts). */
  z.strictObject({ by: z.literal('tcp'), host: z.string().min(1), port: z.int().min(1).max(65_535) }),
]);
export type EndpointConfig = z.infer<typeof Endpoint>;
export type ControlConfig = z.infer<typeof Control>;

const Node = z.strictObject({
  name: z.string().min(1),
  host: z.string().min(1),
  port: z.int().min(1).max(65_535).default(5_432),
  /** The data directory that the server reports; part of the identity, because a copy has the same system identifier. */
  dataDirectory: z.string().min(1).optional(),
  control: Control.default({ by: 'person' }),
  /** False keeps it from ever being chosen as primary. */
  promotable: z.boolean().default(true),
});

const Logins = z.strictObject(
  Object.fromEntries(LOGIN_CLASSES.map((name) => [name, Login.optional()])) as Record<(typeof LOGIN_CLASSES)[number], z.ZodOptional<typeof Login>>,
);

/** One target of targets.yaml: a named database with its identity, servers and logins. */
export const Target = z.strictObject({
  environment: z.string().min(1),
  labels: z.record(z.string(), z.string()).default({}),
  systems: z.array(z.enum(SYSTEMS)).default(['postgres']),
  database: z.string().min(1),
  /** Printed by `runbook targets probe` and pasted by a person; never learnt silently. */
  expects: z.strictObject({ systemIdentifier: z.string().regex(/^\d{10,20}$/, 'the system identifier is a number in quotes') }).optional(),
  nodes: z
    .array(Node)
    .min(1)
    .superRefine((nodes, context) => {
      nodes.forEach(({ name }, i) => {
        const other = nodes.slice(0, i).find((earlier) => slotOf(earlier.name) === slotOf(name));
        if (other)
          context.addIssue({ code: 'custom', path: [i, 'name'], message: `${other.name} stands above, and would share its replication slot` });
      });
    }),
  endpoint: Endpoint.optional(),
  logins: Logins,
  tls: z.enum(['verify-full', 'require', 'off']).optional(),
  /** Which approvals count at a point of no return in production: those the Temporal server attests, or claimed names too. */
  approvals: z.enum(['principal', 'claimed']).default('principal'),
  /** The task queue whose workers hold this target's credentials. */
  taskQueue: z.string().min(1).optional(),
  /** When changing runs may start; default: always. */
  windows: z.array(ChangeWindow).default([]),
  /** When none may, whatever the windows say. */
  freezes: z.array(Freeze).default([]),
  limits: z.strictObject({ sessions: z.int().positive().default(4) }).prefault({}),
});
export type Target = z.infer<typeof Target> & { readonly name: string };

const File = z.strictObject({
  /** Freezes of every target. */
  freezes: z.array(Freeze).default([]),
  targets: z.record(TargetName, Target),
});

/** All targets by name. */
export interface Registry {
  readonly names: readonly string[];
  /** The target of a name; throws UnknownTarget with the nearest names. */
  find(name: string): Target;
}

/** Reads targets.yaml; throws InvalidInput with every problem and its place. */
export const readRegistry = (path: string): Registry =>
  registryOf(readSettings(path, 'Copy targets.example.yaml to targets.yaml, or name the file by RUNBOOKS_TARGETS.'), path);

/** Checks the content of a targets file. */
export function registryOf(content: unknown, path = 'targets.yaml'): Registry {
  const file = checkedSettings(File, content, path);
  const targets = new Map(
    Object.entries(file.targets).map(([name, target]) => [name, { ...target, freezes: [...file.freezes, ...target.freezes], name }]),
  );
  const names = [...targets.keys()];
  return {
    names,
    find(name) {
      const target = targets.get(name);
      if (target) return target;
      throw new KernelFailure('UnknownTarget', `No target "${name}" in ${path}.${didYouMean(name, names)} Known: ${names.join(', ') || 'none'}.`);
    },
  };
}
