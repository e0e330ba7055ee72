import { registryOf } from '../../../activities/targets/registry';

const fileWith = (...names: string[]) => ({
  targets: {
    shop: {
      environment: 'test',
      database: 'shop',
      nodes: names.map((name, i) => ({ name, host: `10.0.0.${i}` })),
      logins: { read: { user: 'rb_read' } },
    },
  },
});

test('nodes that would share a replication slot are refused with their place', () => {
  expect(registryOf(fileWith('node-1', 'node-2')).find('shop').nodes).toHaveLength(2);
  expect(() => registryOf(fileWith('node-1', 'node_2', 'Node_1'))).toThrow(
    'targets.yaml has 1 problem:\n  targets.shop.nodes.2.name: node-1 stands above, and would share its replication slot',
  );
});

test('an unknown target is answered with the nearest name', () => {
  expect(() => registryOf(fileWith('a')).find('shoop')).toThrow('No target "shoop" in targets.yaml. Did you mean shop? Known: shop.');
});
