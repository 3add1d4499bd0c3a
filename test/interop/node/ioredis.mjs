// ioredis: commands, pipelines, transactions, scripts, messages, streams, automatic pipelining, TLS.

import { readFileSync } from 'node:fs'
import * as ioredis from 'ioredis'
import { eventually, port, socket, step, tlsPort } from './step.mjs'

const Redis = ioredis.Redis ?? ioredis.default
const clients = []
const connect = (options = {}) => {
  const c = new Redis({ port, maxRetriesPerRequest: 1, retryStrategy: () => null, ...options })
  c.on('error', () => {})
  clients.push(c)
  return c
}
const r = connect()
await r.flushall()

await step('set', async () => [await r.set('s', 'v', 'EX', 100, 'NX'), await r.set('s', 'w', 'NX'), await r.set('s', 'w', 'XX', 'GET'), await r.getdel('s')])
await step('buffers', async () => [await r.setBuffer('b', Buffer.from([0, 1, 255])), await r.getBuffer('b')])
await step('many', async () => [await r.mset({ a: 1, b: 'two' }), await r.mget('a', 'b', 'c'), await r.mset(new Map([['m', 1]]))])
await step('hash', async () => [await r.hset('h', { a: 1, b: 2 }), await r.hgetall('h'), await r.hmget('h', 'a', 'x'), await r.hincrbyfloat('h', 'a', 0.5)])
await step('collections', async () => [await r.rpush('l', 1, 2, 3), await r.lrange('l', 0, -1), await r.sadd('t', 'x', 'y'), await r.zadd('z', 1, 'a', 2.5, 'b'), await r.zrange('z', 0, -1, 'WITHSCORES'), await r.zpopmax('z')])
await step('error', async () => r.incr('h'))
await step('unknown', async () => r.call('NOSUCH', 'x'))
await step('pipeline', async () => r.pipeline().set('p', 1).incr('p').lpush('p', 'x').get('p').exec())
await step('transaction', async () => r.multi().set('t1', 1).incr('t1').get('t1').exec())
await step('transaction with an error', async () => r.multi().set('t1', 'x').incr('t1').exec())
await step('transaction not pipelined', async () => [await r.multi({ pipeline: false }), await r.set('t2', 1), await r.exec()])
await step('watch', async () => {
  const w = connect()
  await w.watch('t1')
  await r.set('t1', 'other')
  return w.multi().set('t1', 'mine').exec()
})
await step('script', async () => {
  r.defineCommand('twice', { numberOfKeys: 1, lua: "return {KEYS[1], ARGV[1], redis.call('incrby', KEYS[1], ARGV[1])}" })
  await r.del('n')
  return [await r.twice('n', 4), await r.twice('n', 5), await r.pipeline().twice('n', 1).exec()]
})
await step('script error', async () => r.eval("return redis.error_reply('MINE: no')", 0))
await step('scan stream', async () => {
  await r.mset(...Array.from({ length: 1000 }, (_, i) => [`scan:${i}`, i]).flat())
  const seen = new Set()
  for await (const keys of r.scanStream({ match: 'scan:*', count: 37 })) keys.forEach((k) => seen.add(k))
  return seen.size
})
await step('hscan stream', async () => {
  await r.hset('big', Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`f${i}`, i])))
  let n = 0
  for await (const pairs of r.hscanStream('big')) n += pairs.length
  return n
})
await step('messages', async () => {
  const s = connect()
  const got = []
  s.on('message', (channel, message) => got.push([channel, message]))
  s.on('pmessage', (pattern, channel, message) => got.push([pattern, channel, message]))
  await s.subscribe('news', 'other')
  await s.psubscribe('n*')
  const sent = [await r.publish('news', 'hello'), await r.publish('nobody', 'x'), await r.publish('quiet', 'x')]
  await eventually(() => got.length >= 3)
  return [sent, got.sort(), await s.unsubscribe('news', 'other'), await s.punsubscribe('n*'), await s.ping()]
})
await step('sharded messages', async () => {
  const s = connect()
  const got = new Promise((resolve) => s.on('smessage', (...m) => resolve(m)))
  await s.ssubscribe('shard')
  return [await r.spublish('shard', 'x'), await got]
})
await step('blocking', async () => {
  const b = connect()
  const popped = b.blpop('q1', 'q2', 5)
  await eventually(async () => (await r.info('clients')).includes('blocked_clients:1'))
  await r.rpush('q2', 'job')
  return [await popped, await b.brpop('none', 0.1)]
})
await step('stream', async () => {
  const reader = connect()
  await r.xgroup('CREATE', 'x', 'g', '$', 'MKSTREAM')
  const read = reader.xreadgroup('GROUP', 'g', 'c', 'COUNT', 10, 'BLOCK', 5000, 'STREAMS', 'x', '>')
  await eventually(async () => (await r.info('clients')).includes('blocked_clients:1'))
  await r.xadd('x', '5-1', 'f', 'v')
  return [await read, await r.xpending('x', 'g'), await r.xack('x', 'g', '5-1')]
})
await step('automatic pipelining', async () => {
  const p = connect({ enableAutoPipelining: true })
  return (await Promise.all(Array.from({ length: 1000 }, (_, i) => p.incr(`auto${i % 3}`)))).length
})
await step('large', async () => [await r.set('large', 'x'.repeat(4e6)), (await r.get('large')).length])
await step('monitor', async () => {
  const m = await connect().monitor()
  const seen = new Promise((resolve) => m.on('monitor', (_, args) => args[0] === 'echo' && resolve(args)))
  await r.echo('seen')
  const args = await seen
  m.disconnect()
  return args
})
await step('select', async () => { const d = connect({ db: 3 }); return [await d.set('three', 1), await r.exists('three'), (await d.client('INFO')).includes(' db=3 ')] })
await step('socket', async () => connect({ path: socket }).ping())
const read = (name) => readFileSync(`${process.env.TLS}/${name}`)
await step('tls', async () => { const t = connect({ port: tlsPort, tls: { ca: read('ca.crt'), cert: read('redis.crt'), key: read('redis.key') } }); return [await t.ping(), await t.set('tls', 'x'.repeat(3e5)), (await t.get('tls')).length] })
await step('user', async () => {
  await r.acl('SETUSER', 'carol', 'on', '>s p a c e', '~c*', '+@all', '-flushall')
  const c = connect({ username: 'carol', password: 's p a c e' })
  return [await c.set('c1', 1), await c.get('c1'), await c.acl('WHOAMI')]
})
await step('password wrong', async () => connect({ username: 'carol', password: 'no' }).ping().then(() => 'let in', () => 'refused'))
await step('end', async () => [await r.flushall(), await r.quit()])
clients.forEach((c) => c.disconnect())
