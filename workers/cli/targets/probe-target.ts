import { TargetSessions } from '../../../activities/targets/connections';
import { measure } from '../../../activities/targets/briefing';
import { registryOf, type Target } from '../../../activities/targets/registry';
import { Installation, installationSentence, probeTviews } from '../../../activities/pg-tviews/installation';
import { read } from '../../../activities/effects/look';
import { KernelFailure } from '../../../activities/sql/kernel-failure';
import { lookingSettings } from '../../../activities/sql/session';
import { LOGIN_CLASSES, type LoginClass } from '../../../workflows/contracts/operation-shape';
import type { TargetIdentity } from '../../../workflows/contracts/identity';
import { missingRights } from './login-rights';

/** What a login of a node can do. */
export interface LoginProbe {
  readonly login: LoginClass;
  readonly user: string;
  readonly connects: boolean;
  readonly missing: readonly string[];
  readonly problem?: string;
}

/** What a node of a target says of itself. */
export interface NodeProbe {
  readonly node: string;
  readonly identity: TargetIdentity | null;
  readonly hasLedger: boolean;
  readonly problem?: string;
  /** What of the supported extensions is there, a sentence each. */
  readonly systems: readonly string[];
  readonly logins: readonly LoginProbe[];
}

/** Connects to every node of a target with every login and measures it; a node that does not answer is a problem, not an error. */
export async function probeTarget(target: Target): Promise<NodeProbe[]> {
  return Promise.all(target.nodes.map((node) => probeNode(target, node)));
}

async function probeNode(target: Target, node: Target['nodes'][number]): Promise<NodeProbe> {
  const { name, ...content } = target;
  const sessions = new TargetSessions(registryOf({ targets: { [name]: { ...content, nodes: [node] } } }));
  try {
    const { identity, measured } = await measure(sessions, name);
    const logins: LoginProbe[] = [];
    for (const login of LOGIN_CLASSES)
      if (target.logins[login]) logins.push(await probeLogin(sessions, target, login, identity.versionNumber, measured.has_ledger));
    return { node: node.name, identity, hasLedger: measured.has_ledger, systems: await systemsOn(sessions, name), logins };
  } catch (error) {
    return { node: node.name, identity: null, hasLedger: false, systems: [], logins: [], problem: sentence(error) };
  } finally {
    await sessions.close();
  }
}

async function systemsOn(sessions: TargetSessions, target: string): Promise<string[]> {
  try {
    return [installationSentence(Installation.parse(await read(sessions, 'probeTviews', probeTviews, { target })))];
  } catch (error) {
    if (error instanceof KernelFailure && error.type === 'CapabilityAbsent') return [];
    return [`pg_tviews: could not be looked for (${sentence(error)})`];
  }
}

async function probeLogin(sessions: TargetSessions, target: Target, login: LoginClass, version: number, hasLedger: boolean): Promise<LoginProbe> {
  const user = target.logins[login]?.user ?? '';
  const settings = lookingSettings('rb:probe', 5_000);
  try {
    const missing = await sessions.use({ target: target.name, login, node: 'either', settings }, (session) =>
      missingRights(session, login, version, hasLedger),
    );
    return { login, user, connects: true, missing };
  } catch (error) {
    return { login, user, connects: false, missing: [], problem: sentence(error) };
  }
}

const sentence = (error: unknown): string =>
  error instanceof KernelFailure ? error.message : `${(error as Error).name}: ${(error as Error).message.split('\n')[0] ?? ''}`;
