// BullMQ's relay: messages between the nodes of a fleet, routed by scripts over streams.

import { RedisRelayBackend, Relay } from 'bullmq'
import { eventually, step } from './step.mjs'

// relay plays it with connections that keep(x) closes at the end.
export async function relay(connection, keep) {
  const node = (nodeId) => keep(new Relay({ connection, namespace: 'fleet', nodeId, name: `node ${nodeId}`, heartbeatInterval: 50, sweepInterval: 50, blockTimeout: 1000, maxMessageSize: 1000 }))
  const a = node('a')
  await a.waitUntilReady()
  const b = node('b')
  const got = []
  const on = (r, pattern) => r.subscribe(pattern, (m) => got.push([r.nodeId, pattern, m.topic, m.data, m.retained]))
  const subscriptions = []

  await step('relay messages', async () => {
    for (const [r, pattern] of [[a, 'jobs.7.done'], [b, 'jobs.*.done'], [b, 'jobs.>']]) subscriptions.push(await on(r, pattern))
    const { nodes, endpoints } = await a.publish('jobs.7.done', { n: 7 })
    await b.publish('jobs.8.failed', [1, 'two', null])
    await eventually(() => got.length === 4)
    return [nodes, endpoints, got.sort()]
  })
  await step('relay retained message', async () => {
    got.length = 0
    await a.publish('state', 'first', { retain: 100000 })
    await a.publish('state', 'second', { retain: 100000 })
    await on(b, 'state')
    await eventually(() => got.length === 1)
    const kept = (await a.getRetained()).map((m) => [m.topic, m.data])
    return [got, kept, await a.deleteRetained('state'), await a.deleteRetained('state'), await a.getRetained()]
  })
  await step('relay views', async () => [
    await a.getCounts(),
    (await a.getNodes()).map((n) => [n.id, n.info.name, n.subscriptions, n.dropped]),
    (await a.getSubscriptions({ nodeId: 'b' })).map((s) => s.pattern).sort(),
    await a.getPatterns(0, 1),
    await eventually(async () => (await a.getNamespaces()).length === 1),
    await eventually(async () => (await a.getNodeConnections('b')).length === 1),
  ])
  await step('relay read', () => eventually(async () => (await a.getNodes()).every((n) => n.lastHeartbeat && n.backlog === 0)))
  await step('relay unsubscribed', async () => {
    for (const s of subscriptions) await s.unsubscribe()
    const { nodes, endpoints } = await a.publish('jobs.7.done', 1)
    return [nodes, endpoints, (await a.getPatterns()).map((p) => p.pattern)]
  })
  await step('relay topic refused', () => a.publish('jobs.*', 1))
  await step('relay pattern refused', () => a.subscribe('jobs..x', () => {}))
  await step('relay message refused', () => a.publish('jobs', 'x'.repeat(1001)))
  await step('relay node that is gone', async () => {
    const swept = new Promise((resolve) => { for (const r of [a, b]) r.on('swept', resolve) })
    const backend = keep(new RedisRelayBackend({ connection, namespace: 'fleet', nodeId: 'c' }))
    await backend.registerNode('c', 1)
    return [await swept, (await a.getNodes()).map((n) => n.id)]
  })
  await step('relay end', async () => {
    await b.close()
    const left = (await a.getNodes()).map((n) => n.id)
    await a.close()
    return left
  })
}
