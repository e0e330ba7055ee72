import type { z } from 'zod';
import type { SecretReference } from '../targets/registry';
import { secret } from '../targets/secrets';
import { ChannelFailure } from './channel';

/** A channel's secret, read at each sending so that a rotated file counts at once; throws ChannelFailure that names the reference. */
export function secretOf(channel: string, reference: z.infer<typeof SecretReference>): string {
  try {
    return secret(reference, `notify.yaml names for channel ${channel}`);
  } catch (error) {
    throw new ChannelFailure((error as Error).message);
  }
}
