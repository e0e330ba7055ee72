import { escapeHtml, factList, htmlPage, list } from '../html';
import { text } from '../markdown-text';
import type { Part, PostMortem } from './shape';

/** A post-mortem as Markdown; everything from a database or a person is escaped. */
export function renderPostMortem({ title, says, state, sections }: PostMortem): string {
  const parts = sections.flatMap(({ heading, parts: all }) => [`## ${heading}`, ...all.flatMap(markdownPart)]);
  return `${[`# ${text(title)}`, text(state), text(says), ...parts].join('\n\n')}\n`;
}

function markdownPart({ label, says, facts, lines, tasks, blank }: Part): string[] {
  return [
    ...(label === undefined ? [] : [`### ${label}`]),
    ...(says === undefined ? [] : [text(says)]),
    ...(facts?.length ? [facts.map((fact) => `- **${fact.label}:** ${text(fact.value)}`).join('\n')] : []),
    ...(lines?.length ? [lines.map((line) => `- ${text(line)}`).join('\n')] : []),
    ...(tasks?.length ? [tasks.map((task) => `- [ ] ${text(task)}`).join('\n')] : []),
    ...(blank === undefined ? [] : [`**To be written by people** (${blank}):`, '> …']),
  ];
}

/** The same as one self-contained page. */
export function renderPostMortemHtml({ title, says, state, sections }: PostMortem): string {
  const parts = sections.flatMap(({ heading, parts: all }) => [`<h2>${escapeHtml(heading)}</h2>`, ...all.flatMap(htmlPart)]);
  return htmlPage(title, [`<p class="summary">${escapeHtml(state)}</p>`, `<p>${escapeHtml(says)}</p>`, ...parts].join('\n'));
}

function htmlPart({ label, says, facts, lines, tasks, blank }: Part): string[] {
  return [
    ...(label === undefined ? [] : [`<h3>${escapeHtml(label)}</h3>`]),
    ...(says === undefined ? [] : [`<p>${escapeHtml(says)}</p>`]),
    ...(facts ? [factList(facts)] : []),
    ...(lines?.length ? [list(lines)] : []),
    ...(tasks?.length ? [list(tasks.map((task) => `☐ ${task}`))] : []),
    ...(blank === undefined ? [] : [`<p class="warning">To be written by people (${escapeHtml(blank)}):</p>`, '<p>…</p>']),
  ];
}
