import type { Rendered } from './templates';

/** A message as plain text, without its subject. */
export function plainText({ facts, blocks, link }: Rendered): string {
  const lines = facts.map(({ label, value }) => `${label}: ${value}`);
  for (const { title, text } of blocks) lines.push('', `${title}:`, ...text.split('\n').map((line) => `    ${line}`));
  if (link) lines.push('', link);
  return `${lines.join('\n')}\n`;
}
