import { block, code, text } from '../../../activities/report/markdown-text';
import { renderReport } from '../../../activities/report/markdown';
import { report } from './hostile-report';

/** What stays of Markdown when code is taken out, as CommonMark reads them. */
function outsideOfBlocks(markdown: string): string {
  const lines: string[] = [];
  let fence = '';
  for (const line of markdown.split('\n')) {
    const mark = /^ {0,3}(`{3,})/.exec(line)?.[1] ?? '';
    if (fence === '' && mark) fence = mark;
    else if (fence && mark.length >= fence.length && line.trim() === mark) fence = '';
    else if (!fence) lines.push(line);
  }
  expect(fence).toBe('');
  return lines.join('\n');
}

describe('text', () => {
  it.each([
    ['<script>', '\\<script\\>'],
    ['[x](javascript:1)', '\\[x\\](javascript:1)'],
    ['pg_stat_activity', 'pg_stat_activity'],
    ['_em_', '\\_em\\_'],
    ['# head', '\\# head'],
    ['1. item', '1\\. item'],
    ['- item', '\\- item'],
    ['https://evil', 'https\\://evil'],
    ['a\n# b', 'a # b'],
  ])('%j becomes %j', (given, wanted) => expect(text(given)).toBe(wanted));

  it('shows control characters and bidirectional marks', () => expect(text('a\u001b[31mb\u202ec')).toBe('a�\\[31mb�c'));
});

it('no fence inside a block or code can end it', () => {
  expect(block('a\n````\nb', 'sql')).toBe('`````sql\na\n````\nb\n`````');
  expect(code('a`b')).toBe('`` a`b ``');
});

describe('a report full of hostile text', () => {
  const markdown = renderReport(report);
  const prose = outsideOfBlocks(markdown);
  const outsideOfCode = prose.replace(/(?<![\\`])(`+)(?!`)[^]*?[^`]\1(?!`)/g, '');

  it('has no HTML, link, image, heading or rule of theirs', () => {
    expect(outsideOfCode).not.toMatch(/(?<!\\)<\/?script/);
    expect(outsideOfCode).not.toMatch(/(?<!\\)\]\(/);
    expect(
      prose
        .split('\n')
        .filter((line) => line.startsWith('#'))
        .map((line) => line.replace(/ .*/, '')),
    ).toEqual(['#', '##', '##', '##', '##', '###', '##']);
    expect(markdown).not.toContain('\u001b');
    expect(markdown).not.toContain('\u202e');
  });

  it('says who, what, with which evidence, and what is open', () => {
    expect(markdown).toContain('# Limit things on orders-eu: abandoned');
    expect(prose).toMatch(/approve by .*\(UNVERIFIED\)/);
    expect(prose).toContain('abandon by bob (attested by Temporal as bob@example.com)');
    expect(prose).toContain('backend 4711');
    expect(prose).toContain('03:01:00 UTC, 2 s');
    expect(prose).toContain('`runbook recover limitThings/orders-eu/20260101-030000-x1y2`');
    expect(prose).toContain('after 4 min 30 s');
  });
});
