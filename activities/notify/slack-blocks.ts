import { shorten } from '../report/printable';
import type { Rendered } from './templates';

// Slack refuses longer texts, and more than 50 blocks.
const MAX_IN_SECTION = 3_000;
const MAX_IN_HEADER = 150;

/** The only signs that Slack acts on: `<!channel>`, `<@U…>` and links are spelled with them. */
const slackEscaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

interface Block {
  readonly type: string;
  readonly [part: string]: unknown;
}

/** What Slack shows of a message; `text` is for notifications and search. Links and names in it are not made clickable. */
export function slackMessage({ subject, facts, blocks, link }: Rendered): { readonly text: string; readonly blocks: readonly Block[] } {
  return {
    text: within(subject, MAX_IN_SECTION),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: subject.slice(0, MAX_IN_HEADER), emoji: false } },
      ...inSections(facts.map(({ label, value }) => `*${slackEscaped(label)}:* ${within(value, 2_500)}`)),
      ...blocks.flatMap(({ title, text }) => [
        section(`*${slackEscaped(title)}:*`),
        section(`\`\`\`${within(text.replaceAll('`', "'"), 2_900)}\`\`\``),
      ]),
      ...(link ? [section(`<${slackEscaped(link).replaceAll('|', '%7C')}|The run in the Temporal UI>`)] : []),
    ].slice(0, 50),
  };
}

const section = (text: string): Block => ({ type: 'section', text: { type: 'mrkdwn', text, verbatim: true } });

/** Lines in as few sections as hold them. */
function inSections(lines: readonly string[]): Block[] {
  const texts: string[] = [];
  for (const line of lines) {
    const last = texts.at(-1);
    if (last !== undefined && last.length + 1 + line.length <= MAX_IN_SECTION) texts[texts.length - 1] = `${last}\n${line}`;
    else texts.push(line);
  }
  return texts.map(section);
}

/** An escaped text of at most so many characters, never cut inside an escape. */
function within(text: string, most: number): string {
  const whole = slackEscaped(text);
  return whole.length <= most ? whole : slackEscaped(shorten(text, Math.floor(most / 5) - 40));
}
