import { escapeHtml } from '../report/html';
import type { Rendered } from './templates';

/** A message as one HTML page for mail: nothing loaded, no scripts, everything escaped. */
export function htmlText({ subject, facts, blocks, link }: Rendered): string {
  const rows = facts.map(({ label, value }) => `<tr><th align="left" valign="top">${escapeHtml(label)}</th><td>${escapeHtml(value)}</td></tr>`);
  const parts = blocks.map(({ title, text }) => `<p>${escapeHtml(title)}:</p>\n<pre>${escapeHtml(text)}</pre>`);
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${escapeHtml(subject)}</title></head>
<body style="font-family: sans-serif">
<h2>${escapeHtml(subject)}</h2>
<table cellpadding="4">
${rows.join('\n')}
</table>
${parts.join('\n')}
${link ? `<p><a href="${escapeHtml(link)}">The run in the Temporal UI</a></p>` : ''}
</body>
</html>
`;
}
