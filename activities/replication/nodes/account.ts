import { execFile } from 'node:child_process';
import { userInfo } from 'node:os';
import { promisify } from 'node:util';
import { KernelFailure } from '../../sql/kernel-failure';

/** The operating system's account that a server runs as. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** The account of a name; throws CapabilityAbsent where the machine has none, or where this worker may not act as it. */
export async function accountOf(name: string): Promise<Account> {
  const own = userInfo();
  if (own.uid !== 0) {
    if (own.username === name) return { name, uid: own.uid, gid: own.gid };
    throw new KernelFailure(
      'CapabilityAbsent',
      `This worker runs as ${own.username}; the server's files belong to ${name}. Run the worker as ${name} or as root, or set control: by: person.`,
    );
  }
  try {
    return { name, uid: await idOf('-u', name), gid: await idOf('-g', name) };
  } catch {
    throw new KernelFailure('CapabilityAbsent', `This machine has no account ${name}; correct control.runAs in targets.yaml.`);
  }
}

const idOf = async (flag: string, name: string): Promise<number> => Number((await promisify(execFile)('id', [flag, '--', name])).stdout);
