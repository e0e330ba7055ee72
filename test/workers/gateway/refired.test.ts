import { InboxModel, MINUTE, type Heard } from '../../support/inbox-model';

const fires = (problem: number, firing: number): Heard => ({ problem, firing, status: 'firing' });
const resolves = (problem: number, firing: number): Heard => ({ problem, firing, status: 'resolved' });
const news = ({ inbox }: InboxModel) => inbox.news.map(({ kind, allResolved }) => [kind, allResolved]);

describe('a problem that fires again without having been said to be over', () => {
  test('is over when its later firing is over', () => {
    const model = new InboxModel();
    model.deliver([fires(0, 1)]);
    model.now += MINUTE;
    model.deliver([fires(0, 2)]);
    model.now += MINUTE;
    model.deliver([resolves(0, 2)]);
    expect(news(model).at(-1)).toEqual(['resolved', true]);
  });

  test('starts nothing for the earlier firing after that', () => {
    const model = new InboxModel();
    model.deliver([fires(0, 1)]);
    model.deliver([fires(0, 2)]);
    model.deliver([resolves(0, 2)]);
    model.end(model.live[0]?.workflowId ?? '', 'failed');
    model.now += 20 * MINUTE;
    model.sweep();
    expect(model.starts).toHaveLength(1);
    expect(news(model).filter(([kind]) => kind === 'page')).toEqual([]);
  });
});

describe('an earlier firing that goes on when a later one of the same problem is over', () => {
  test('is heard when it is sent again', () => {
    const model = new InboxModel();
    model.deliver([fires(0, 2)]);
    model.deliver([fires(0, 1)]);
    model.deliver([resolves(0, 2)]);
    model.end(model.live[0]?.workflowId ?? '', 'nothing to do');
    model.now += 20 * MINUTE;
    model.deliver([fires(0, 1)]);
    expect(model.live).toHaveLength(1);
  });
});
