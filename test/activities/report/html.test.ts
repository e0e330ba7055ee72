import { escapeHtml, renderReportHtml } from '../../../activities/report/html';
import { report } from './hostile-report';

describe('renderReportHtml', () => {
  const html = renderReportHtml(report);

  it('has no tag but its own, no scripts and nothing to load', () => {
    const tags = new Set([...html.matchAll(/<\/?([a-z0-9]+)/gi)].map((match) => match[1]));
    expect([...tags].sort()).toEqual([
      'body',
      'code',
      'dd',
      'dl',
      'dt',
      'h1',
      'h2',
      'h3',
      'head',
      'html',
      'li',
      'meta',
      'p',
      'pre',
      'section',
      'style',
      'table',
      'tbody',
      'td',
      'th',
      'thead',
      'title',
      'tr',
      'ul',
    ]);
    expect(html).not.toMatch(/<[^>]*\s(on\w+|src|href)=/i);
    expect(html).not.toContain('\u001b');
  });

  it('shows the hostile text literally', () => expect(html).toContain('&#60;script&#62;alert(1)&#60;/script&#62;'));

  it('says UNVERIFIED beside a claimed name', () => expect(html).toMatch(/approve by [^]*?\(UNVERIFIED\)/));

  it('shows a run without steps, plan or identity', () => {
    const bare = renderReportHtml({
      ...report,
      steps: [],
      decisions: [],
      plan: null,
      identity: null,
      open: [],
      endedAt: null,
      outcome: null,
      phase: 'starting',
    });
    expect(bare).toContain('its server was not reached');
    expect(bare).toContain('No step was taken.');
    expect(bare).toContain('not ended (starting)');
  });
});

it('escapes what could end an attribute too', () => expect(escapeHtml(`<a b="c" d='e'>&`)).toBe('&#60;a b=&#34;c&#34; d=&#39;e&#39;&#62;&#38;'));
