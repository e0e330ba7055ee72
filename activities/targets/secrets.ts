import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { KernelFailure } from '../sql/kernel-failure';
import type { SecretReference } from './registry';

/** Reads a secret from where the reference says; throws TargetNotReady with the reference and its use, never a value. */
export function secret(reference: z.infer<typeof SecretReference>, use = 'targets.yaml names for a password'): string {
  if ('env' in reference) {
    const value = process.env[reference.env];
    if (value) return value;
    throw new KernelFailure('TargetNotReady', `The environment variable ${reference.env}, which ${use}, is not set on this worker.`);
  }
  try {
    return readFileSync(reference.file, 'utf8').trim();
  } catch {
    throw new KernelFailure('TargetNotReady', `The file ${reference.file}, which ${use}, cannot be read by this worker.`);
  }
}
