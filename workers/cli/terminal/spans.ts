import { usage } from './exit-codes';

/** A `--wait` or `--timeout` span in milliseconds: `90 seconds`, `15 minutes`, or short `90s`, `15m`, `2h`; throws CliFailure. */
export async function spanOption(name: string, text: string): Promise<number> {
  const { milliseconds } = await import('../../../workflows/pure/span');
  const short = /^(\d+(?:\.\d+)?)\s*([smhd])$/.exec(text.trim());
  const words = short ? `${short[1]} ${{ s: 'seconds', m: 'minutes', h: 'hours', d: 'days' }[short[2] as 's' | 'm' | 'h' | 'd']}` : text.trim();
  try {
    return milliseconds(words);
  } catch {
    throw usage(`${name}: "${text}" is no span; write for example '90 seconds' or 15m.`);
  }
}
