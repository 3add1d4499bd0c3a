// BullMQ: jobs of every kind, through all of its Lua scripts: the last step says which of them were run, and which were not.

import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { DelayedError, FlowProducer, Queue, QueueEvents, RedisConnection, UnrecoverableError, WaitingChildrenError, Worker } from 'bullmq'
import * as ioredis from 'ioredis'
import { relay } from './relay.mjs'
import { eventually, port, sleep, step } from './step.mjs'

const Redis = ioredis.Redis ?? ioredis.default
const r = new Redis({ port })
const connection = { port, host: '127.0.0.1', maxRetriesPerRequest: null }
await r.flushall()

const open = []
const keep = (x) => { open.push(x); x.on?.('error', () => {}); return x }
const queue = (name, options = {}) => keep(new Queue(name, { connection, ...options }))
const worker = (name, f, options = {}) => keep(new Worker(name, f, { connection, drainDelay: 1, stalledInterval: 500, ...options }))
const counts = async (q) => Object.fromEntries(Object.entries(await q.getJobCounts()).filter(([, n]) => n > 0))

await step('add and process', async () => {
  const q = queue('plain')
  const events = keep(new QueueEvents('plain', { connection }))
  await events.waitUntilReady()
  const job = await q.add('double', { n: 21 }, { removeOnComplete: false })
  worker('plain', async (j) => { await j.updateProgress(50); await j.log('half'); await j.updateData({ n: j.data.n, seen: true }); return j.data.n * 2 })
  return [await job.waitUntilFinished(events), await job.getState(), (await q.getJobLogs(job.id)).logs, (await q.getJob(job.id)).data, (await q.getJob(job.id)).progress]
})
await step('bulk', async () => {
  const q = queue('bulk')
  await q.addBulk(Array.from({ length: 200 }, (_, i) => ({ name: 'n', data: i, opts: { removeOnComplete: false } })))
  const before = await counts(q)
  let sum = 0
  worker('bulk', async (j) => { sum += j.data }, { concurrency: 10 })
  await eventually(async () => (await q.getCompletedCount()) === 200)
  return [before, sum, await counts(q), (await q.getCompleted(0, 4)).length]
})
await step('priorities', async () => {
  const q = queue('priority')
  for (const [name, priority] of [['low', 10], ['high', 1], ['middle', 5], ['none', 0]]) await q.add(name, {}, { priority })
  const low = (await q.getPrioritized()).find((j) => j.name === 'low')
  await low.changePriority({ priority: 2 })
  const perPriority = await q.getCountsPerPriority([0, 1, 2, 5])
  const order = []
  worker('priority', async (j) => { order.push(j.name) })
  await eventually(() => order.length === 4)
  return [perPriority, order]
})
await step('delays', async () => {
  const q = queue('delay')
  const late = await q.add('late', {}, { delay: 100000 })
  const soon = await q.add('soon', {}, { delay: 300 })
  const promoted = await q.add('promoted', {}, { delay: 100000 })
  const states = [await late.getState(), await soon.isDelayed()]
  await late.changeDelay(600)
  await promoted.promote()
  const order = []
  worker('delay', async (j) => { order.push(j.name) })
  await eventually(() => order.length === 3)
  return [states, order]
})
await step('retries', async () => {
  const q = queue('retry')
  let tries = 0
  await q.add('flaky', {}, { attempts: 3, backoff: { type: 'exponential', delay: 50 } })
  await q.add('doomed', {}, { attempts: 5 })
  let again = 0
  await q.add('at once', {}, { attempts: 2 })
  worker('retry', async (j) => {
    if (j.name === 'doomed') throw new UnrecoverableError('never')
    if (j.name === 'at once' && ++again < 2) throw new Error('again')
    if (j.name === 'at once') return 'again'
    if (++tries < 3) throw new Error('not yet')
    return 'at last'
  })
  await eventually(async () => (await q.getCompletedCount()) === 2 && (await q.getFailedCount()) === 1)
  const [failed] = await q.getFailed()
  return [tries, failed.failedReason, failed.attemptsMade, failed.stacktrace.length]
})
await step('retry by hand', async () => {
  const q = queue('hand')
  let broken = true
  await q.addBulk([1, 2, 3].map((i) => ({ name: 'x', data: i, opts: {} })))
  worker('hand', async () => { if (broken) throw new Error('broken') })
  await eventually(async () => (await q.getFailedCount()) === 3)
  broken = false
  await (await q.getFailed())[0].retry('failed')
  await q.retryJobs({ state: 'failed' })
  await eventually(async () => (await q.getCompletedCount()) === 3)
  return counts(q)
})
await step('flows', async () => {
  const flow = keep(new FlowProducer({ connection }))
  const q = queue('parents')
  const tree = await flow.add({ name: 'parent', queueName: 'parents', children: [1, 2, 3].map((n) => ({ name: 'child', data: n, queueName: 'children' })) })
  const waiting = await tree.job.getState()
  worker('children', async (j) => j.data * 10)
  worker('parents', async (j) => Object.values(await j.getChildrenValues()).sort())
  await eventually(async () => (await q.getCompletedCount()) === 1)
  const [parent] = await q.getCompleted()
  return [waiting, parent.returnvalue, await parent.getDependenciesCount(), (await flow.getFlow({ queueName: 'parents', id: parent.id })).children.length]
})
await step('flow that fails', async () => {
  const flow = keep(new FlowProducer({ connection }))
  const q = queue('parents2')
  await flow.add({ name: 'p1', queueName: 'parents2', children: [{ name: 'bad', queueName: 'children2', opts: { failParentOnFailure: true } }] })
  await flow.add({ name: 'p2', queueName: 'parents2', children: [{ name: 'bad', queueName: 'children2', opts: { ignoreDependencyOnFailure: true } }] })
  await flow.add({ name: 'p3', queueName: 'parents2', children: [{ name: 'bad', queueName: 'children2', opts: { removeDependencyOnFailure: true } }] })
  worker('children2', async () => { throw new Error('bad child') })
  worker('parents2', async (j) => Object.keys(await (j.getIgnoredChildrenFailures?.() ?? {})).length)
  await eventually(async () => (await q.getCompletedCount()) === 2 && (await q.getFailedCount()) === 1)
  return [(await q.getCompleted()).map((j) => [j.name, j.returnvalue]).sort(), (await q.getFailed()).map((j) => j.name)]
})
await step('children on the way', async () => {
  const q = queue('steps')
  const child = queue('stepchildren')
  worker('stepchildren', async (j) => j.data)
  worker('steps', async (j, token) => {
    if (!j.data.asked) {
      await child.add('c', 7, { parent: { id: j.id, queue: j.queueQualifiedName } })
      await j.updateData({ asked: true })
      if (await j.moveToWaitingChildren(token)) throw new WaitingChildrenError()
    }
    return Object.values(await j.getChildrenValues())
  })
  await q.add('step', {})
  await eventually(async () => (await q.getCompletedCount()) === 1)
  return (await q.getCompleted())[0].returnvalue
})
await step('children removed', async () => {
  const flow = keep(new FlowProducer({ connection }))
  const { job, children } = await flow.add({ name: 'p', queueName: 'parents3', children: [{ name: 'a', queueName: 'children3' }, { name: 'b', queueName: 'children3' }] })
  await children[0].job.removeChildDependency()
  const left = await job.getDependenciesCount()
  await job.removeUnprocessedChildren()
  return [left, await queue('children3').count()]
})
await step('delayed by the worker', async () => {
  const q = queue('again')
  await q.add('x', {})
  let runs = 0
  worker('again', async (j, token) => {
    if (++runs === 1) { await j.moveToDelayed(Date.now() + 200, token); throw new DelayedError() }
    return runs
  })
  await eventually(async () => (await q.getCompletedCount()) === 1)
  return runs
})
await step('rate limit', async () => {
  const q = queue('rate')
  await q.addBulk(Array.from({ length: 6 }, () => ({ name: 'x', data: {} })))
  let most = 0
  const times = []
  const w = worker('rate', async () => { times.push(Date.now()); most = Math.max(most, await q.getRateLimitTtl(2)) }, { limiter: { max: 2, duration: 300 } })
  await eventually(() => times.length === 6)
  await w.rateLimit(50)
  return [times[5] - times[0] >= 550, most > 0, (await q.isMaxed?.()) ?? null]
})
await step('schedulers', async () => {
  const q = queue('cron')
  await q.upsertJobScheduler('every', { every: 100, limit: 3 }, { name: 'tick', data: 1 })
  await q.upsertJobScheduler('cron', { pattern: '0 0 1 1 *' }, { name: 'yearly' })
  const known = (await q.getJobSchedulers()).map((s) => [s.key, s.every ?? null, s.pattern ?? null]).sort()
  let ticks = 0
  worker('cron', async () => { ticks++ })
  await eventually(() => ticks >= 3)
  await q.upsertJobScheduler('cron', { pattern: '0 0 2 1 *' }, { name: 'yearly' })
  const one = await q.getJobScheduler('cron')
  return [known, one.pattern, await q.removeJobScheduler('cron'), await q.removeJobScheduler('cron')]
})
await step('deduplication', async () => {
  const q = queue('dedup')
  const [a, b] = [await q.add('x', 1, { deduplication: { id: 'same' } }), await q.add('x', 2, { deduplication: { id: 'same' } })]
  const removed = await q.removeDeduplicationKey('same')
  const c = await q.add('x', 3, { deduplication: { id: 'same', ttl: 5000 } })
  const byJob = await c.removeDeduplicationKey()
  return [a.id === b.id, removed, byJob, a.id === c.id, await q.count(), (await q.add('y', 1, { jobId: 'mine' })).id, (await q.add('y', 1, { jobId: 'mine' })).id, await q.count()]
})
await step('pause', async () => {
  const q = queue('pause')
  await q.pause()
  await q.add('x', 1)
  let done = 0
  const w = worker('pause', async () => { done++ })
  await sleep(200)
  const before = [done, await q.isPaused(), await counts(q)]
  await q.resume()
  await eventually(() => done === 1)
  await w.pause()
  return [before, await q.isPaused(), w.isPaused()]
})
await step('stalled', async () => {
  const q = queue('stalled')
  await q.add('x', 1)
  const dead = worker('stalled', () => new Promise(() => {}), { lockDuration: 300, skipLockRenewal: true, skipStalledCheck: true })
  await eventually(async () => (await q.getActiveCount()) === 1)
  await dead.close(true)
  let done = 0
  worker('stalled', async () => { done++ }, { stalledInterval: 200 })
  await eventually(async () => (await q.getCompletedCount()) === 1)
  return [done, await counts(q)]
})
await step('long job', async () => {
  const q = queue('long')
  await q.add('x', 1)
  const left = (job) => r.pttl(`bull:long:${job.id}:lock`)
  worker('long', async (job) => {
    let before = await left(job)
    await eventually(async () => { const now = await left(job); const longer = now > before; before = now; return longer })
    return 'renewed'
  }, { lockDuration: 2000 })
  await eventually(async () => (await q.getCompletedCount()) === 1)
  return (await q.getCompleted())[0].returnvalue
})
await step('taken by hand', async () => {
  const q = queue('byhand')
  const w = keep(new Worker('byhand', null, { connection }))
  await q.addBulk([1, 2, 3].map((data) => ({ name: 'x', data })))
  const [one, two, three] = [await w.getNextJob('t'), await w.getNextJob('t'), await w.getNextJob('t')]
  await one.extendLock('t', 30000)
  await one.moveToCompleted('fine', 't', false)
  await two.moveToFailed(new Error('bad'), 't', false)
  await three.moveToWait?.('t')
  return [await one.getState(), await two.getState(), await three.getState(), await one.isCompleted(), await one.isWaiting(), await one.isActive(), await q.getJobState?.(two.id) ?? null]
})
await step('metrics', async () => {
  const q = queue('metrics')
  await q.addBulk([1, 2, 3].map((data) => ({ name: 'x', data })))
  worker('metrics', async () => {}, { metrics: { maxDataPoints: 10 } })
  await eventually(async () => (await q.getCompletedCount()) === 3)
  return (await q.getMetrics('completed')).meta.count
})
await step('clean', async () => {
  const q = queue('clean')
  await q.addBulk(Array.from({ length: 30 }, (_, i) => ({ name: 'x', data: i, opts: i % 3 ? {} : { delay: 1e6 } })))
  const cleaned = [(await q.clean(0, 5, 'wait')).length, (await q.clean(0, 100, 'delayed')).length]
  const [job] = await q.getWaiting()
  await job.remove()
  const left = await counts(q)
  await q.drain(true)
  const drained = await counts(q)
  await q.add('last', 1)
  const orphans = await q.removeOrphanedJobs?.() ?? null
  await q.obliterate({ force: true })
  return [cleaned, left, drained, orphans, await r.keys('bull:clean:*')]
})
await step('events', async () => {
  const seen = []
  const events = keep(new QueueEvents('events', { connection }))
  for (const e of ['added', 'waiting', 'active', 'progress', 'completed', 'failed', 'drained', 'delayed']) events.on(e, () => seen.push(e))
  await events.waitUntilReady()
  const q = queue('events')
  worker('events', async (j) => { await j.updateProgress(1); if (j.data === 'bad') throw new Error('bad') })
  await q.add('x', 'good')
  await eventually(() => seen.includes('drained'))
  await q.add('x', 'bad')
  await eventually(() => seen.includes('failed'))
  return [[...new Set(seen)].sort(), await q.trimEvents(0)]
})
await step('pages', async () => {
  const q = queue('parents')
  const [parent] = await q.getCompleted()
  const d = await parent.getDependencies({ processed: { count: 2 } })
  const page = await q.getDependencies(parent.id, 'processed', 0, 1)
  return [Object.keys(d.processed ?? {}).length <= 3, page.total, page.items.length, (await q.getRanges(['completed'], 0, 10)).length, (await q.getJobs(['completed', 'wait', 'failed'], 0, 10)).length, await q.getWorkersCount()]
})
await relay(connection, keep)
await step('scripts that nothing calls here', async () => {
  const q = queue('direct')
  const { id } = await q.add('x', 1)
  const client = await keep(new RedisConnection(connection)).client
  const { version } = createRequire(import.meta.url)('bullmq/package.json')
  const run = (name, ...args) => client.runCommand(`${name}:${version}`, args)
  const key = (name) => q.toKey(name)
  const states = ['completed', 'failed', 'delayed', 'active', 'wait', 'paused', 'waiting-children', 'prioritized'].map(key)
  await r.set('lock', 'mine')
  await r.hset('base:n:node', 'hb', 1)
  return [
    await run('getState', ...states, id), await run('getState', ...states, 'none'), await run('isJobInList', key('wait'), id),
    await run('saveStacktrace', key(id), '["at x"]', 'why'), await run('saveStacktrace', key('none'), '[]', ''), (await q.getJob(id)).failedReason,
    await run('releaseLock', 'lock', 'other', 1), await run('releaseLock', 'lock', 'mine', 1),
    await run('relayAckInbox', 'base:nodes', 'base', 'n', '1-1'), await r.hgetall('base:n:node'),
  ]
})
await step('scripts', async () => {
  const all = createRequire(import.meta.url)('bullmq/dist/cjs/scripts/index.js')
  const used = [], unused = []
  for (const script of Object.values(all)) {
    const [there] = await r.script('EXISTS', createHash('sha1').update(script.content).digest('hex'))
    ;(there ? used : unused).push(script.name)
  }
  return { used: used.sort(), unused: unused.sort() }
})
await Promise.allSettled(open.map((x) => x.close()))
r.disconnect()
process.exit(0)
