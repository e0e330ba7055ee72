import { escaped } from '../report/html';
import type { Rendered } from './templates';

/** A message as one HTML page for mail: nothing loaded, no scripts, everything escaped. */
export function htmlText({ subject, facts, blocks, link }: Rendered): string {
  const rows = facts.map(({ label, value }) => `<tr><th align="left" valign="top">${escaped(label)}</th><td>${escaped(value)}</td></tr>`);
  const parts = blocks.map(({ title, text }) => `<p>${escaped(title)}:</p>\n<pre>${escaped(text)}</pre>`);
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${escaped(subject)}</title></head>
<body style="font-family: sans-serif">
<h2>${escaped(subject)}</h2>
<table cellpadding="4">
${rows.join('\n')}
</table>
${parts.join('\n')}
${link ? `<p><a href="${escaped(link)}">The run in the Temporal UI</a></p>` : ''}
</body>
</html>
`;
}
