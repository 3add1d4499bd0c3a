# frozen_string_literal: true

# ruby-redis: its command surface, pipelines, transactions, blocking commands, messages, scripts, TLS, users.

require_relative 'step'
require 'redis-namespace'

r = Redis.new(url: URL)

step('set') { [r.set('s', 'v', ex: 100), r.set('s', 'w', nx: true), r.set('s', 'w', xx: true, get: true), r.ttl('s') > 90] }
step('getex') { [r.getex('s', persist: true), r.getdel('s'), r.get('s')] }
step('counters') { [r.incr('n'), r.incrby('n', 9), r.decr('n'), r.incrbyfloat('n', 0.1)] }
step('counter of another kind') { r.incr('n') }
step('many') { [r.mset('a', 1, 'b', 'two'), r.mget('a', 'b', 'c'), r.mapped_mget('a', 'c'), r.msetnx('a', 1, 'z', 2)] }
step('ranges') { [r.append('t', 'hello'), r.setrange('t', 7, 'x'), r.getrange('t', 0, -1), r.strlen('t')] }
step('bits') { [r.setbit('bits', 9, 1), r.bitcount('bits'), r.bitpos('bits', 1), r.bitop('or', 'bits2', 'bits', 't'), r.getbit('bits', 9)] }
step('keys') { [r.exists?('a'), r.exists('a', 'b', 'x'), r.type('a'), r.rename('a', 'a2'), r.renamenx('a2', 'b'), r.keys('a*'), r.object('encoding', 'a2')] }
step('expiry') { [r.expire('b', 100), r.pexpire('b', 100_000), r.expireat('b', 9_999_999_999), r.persist('b'), r.pttl('b'), r.pttl('none')] }
step('copy') { [r.copy('b', 'b2'), r.copy('b', 'b2'), r.copy('b', 'b3', db: 2), r.move('b2', 3), r.unlink('b'), r.del('none')] }
step('dump') { [r.restore('d', 0, r.dump('a2')), r.get('d')] }
step('restore again') { r.restore('d', 0, r.dump('a2')) }
step('scan') { r.mset(*(1..500).flat_map { |i| ["scan:#{i}", i] }) && r.scan_each(match: 'scan:*', count: 7).to_a.uniq.size }

step('list') { [r.rpush('l', %w[a b c d e]), r.lpush('l', 'z'), r.lrange('l', 0, -1), r.lindex('l', 1), r.linsert('l', :before, 'c', 'x')] }
step('list changes') { [r.lset('l', 0, 'y'), r.lrem('l', 0, 'x'), r.ltrim('l', 0, 3), r.lpop('l', 2), r.rpop('l'), r.llen('l'), r.lmove('l', 'l2', 'LEFT', 'RIGHT')] }
step('list blocking') { [r.blpop('l2', timeout: 1), r.brpop('none', timeout: 0.1), r.brpoplpush('none', 'l', timeout: 0.1), r.blmove('none', 'l', 'LEFT', 'LEFT', timeout: 0.1)] }
step('wrong type') { r.lpush('a2', 1) }
step('hash') { [r.hset('h', 'a', 1, 'b', 2), r.hmset('h', 'c', 3), r.hgetall('h'), r.hmget('h', 'a', 'x'), r.mapped_hmget('h', 'a'), r.hincrby('h', 'a', 5), r.hincrbyfloat('h', 'a', 0.5)] }
step('hash more') { [r.hsetnx('h', 'a', 9), r.hdel('h', 'b', 'x'), r.hkeys('h').sort, r.hvals('h').sort, r.hlen('h'), r.hexists('h', 'a'), r.hscan_each('h').to_a.sort, r.hrandfield('h', 5).sort] }
step('set of members') { [r.sadd('m', %w[1 2 3 x]), r.sadd('m2', %w[2 y]), r.sismember('m', 'x'), r.smismember('m', 1, 9), r.sinter('m', 'm2'), r.sdiff('m2', 'm'), r.sunion('m', 'm2').sort] }
step('set more') { [r.sinterstore('m3', 'm', 'm2'), r.smove('m', 'm2', 'x'), r.srem('m', '1'), r.scard('m'), r.spop('m', 9).sort, r.srandmember('m2', -4).size, r.sscan_each('m2').to_a.sort] }
step('sorted set') { [r.zadd('z', [[1, 'a'], [2.5, 'b'], ['-inf', 'c']]), r.zadd('z', 9, 'a', gt: true, ch: true), r.zadd('z', 1, 'a', incr: true), r.zrange('z', 0, -1, with_scores: true), r.zscore('z', 'b')] }
step('sorted set ranges') { [r.zrangebyscore('z', '(2', '+inf', with_scores: true, limit: [0, 1]), r.zrevrange('z', 0, 0), r.zrank('z', 'b'), r.zcount('z', 0, 3), r.zmscore('z', 'a', 'q'), r.zrange('z', '[a', '[b', by_lex: true)] }
step('sorted set algebra') { [r.zunionstore('zu', %w[z z], weights: [1, 2], aggregate: :max), r.zinter('z', 'zu', with_scores: true), r.zdiff('z', 'none'), r.zrangestore('zr', 'z', 0, 1), r.zremrangebyrank('zr', 0, 0)] }
step('sorted set pops') { [r.zpopmin('z'), r.zpopmax('z', 1), r.bzpopmin('z', timeout: 1), r.bzpopmax('none', timeout: 0.1), r.zincrby('zu', 3, 'b'), r.zscan_each('zu').to_a.sort] }
step('geo') { [r.geoadd('g', 13.361389, 38.115556, 'Palermo', 15.087269, 37.502669, 'Catania'), r.geodist('g', 'Palermo', 'Catania', 'km'), r.geohash('g', 'Palermo'), r.geopos('g', 'Catania'), r.georadius('g', 15, 37, 200, 'km', sort: 'asc', options: :WITHDIST)] }
step('hyperloglog') { [r.pfadd('p', (1..500).to_a), r.pfcount('p'), r.pfmerge('p2', 'p'), r.pfcount('p', 'p2')] }
step('stream') { [r.xadd('x', { f: 1 }, id: '1-1'), r.xadd('x', { f: 2 }, id: '2-1', maxlen: 5), r.xrange('x'), r.xrevrange('x', count: 1), r.xlen('x'), r.xread('x', '1-1')] }
step('stream group') { [r.xgroup(:create, 'x', 'g', '0'), r.xreadgroup('g', 'c', 'x', '>', count: 1), r.xpending('x', 'g'), r.xack('x', 'g', '1-1'), r.xreadgroup('g', 'c', 'x', '>'), r.xclaim('x', 'g', 'd', 0, '2-1', justid: true), r.xinfo(:stream, 'x')['length']] }
step('stream end') { [r.xautoclaim('x', 'g', 'd', 0, '0', justid: true), r.xdel('x', '1-1'), r.xtrim('x', 0), r.xgroup(:destroy, 'x', 'g')] }

step('pipeline') { r.pipelined { |p| p.set('p1', 1); p.incr('p1'); p.get('none'); p.hgetall('h') } }
step('pipeline with an error') { r.pipelined { |p| p.set('p1', 'x'); p.incr('p1'); p.get('p1') } }
step('after the error') { r.get('p1') }
step('transaction') { r.multi { |t| t.set('t1', 1); t.incr('t1'); t.lrange('l', 0, -1) } }
step('watch') { r.watch('t1') { r.get('t1').to_i.then { |v| r.multi { |t| t.set('t1', v + 1) } } } }
step('watch with a conflict') { r.watch('t1') { Redis.new(url: URL).set('t1', 'other'); r.multi { |t| t.set('t1', 'mine') } } }
step('long pipeline') { r.pipelined { |p| 20_000.times { |i| p.incr("c#{i % 10}") } }.sum }
step('large value') { [r.set('large', 'x' * 5_000_000), r.get('large').size, r.strlen('large')] }
step('binary') { bytes = (0..255).map(&:chr).join.b; [r.set("k\0\r\n", bytes), r.get("k\0\r\n").b == bytes] }

step('messages') do
  got = []
  listener = Thread.new do
    Redis.new(url: URL).psubscribe('news.*') do |on|
      on.pmessage { |pattern, channel, message| got << [pattern, channel, message]; Thread.exit if message == 'end' }
    end
  end
  eventually { r.pubsub('numpat') == 1 }
  sent = [r.publish('news.art', 'one'), r.publish('other', 'two'), r.publish('news.sport', 'end')]
  listener.join(5)
  [sent, got]
end
step('woken') do
  waiter = Thread.new { Redis.new(url: URL).brpop('queue1', 'queue2', timeout: 5) }
  eventually { r.info('clients')['blocked_clients'] == '1' }
  r.lpush('queue2', 'job')
  waiter.value
end
step('script') { [r.eval("return {KEYS[1], ARGV[1], 7, false}", %w[k], %w[a]), (sha = r.script(:load, 'return redis.call("get", KEYS[1])')), r.evalsha(sha, ['t1']), r.script(:exists, sha)] }
step('script error') { r.eval("return redis.call('lpush', KEYS[1])", ['t1']) }
step('script unknown') { r.evalsha('0' * 40) }
step('server') { [r.ping, r.echo('hi'), r.dbsize > 100, r.config(:set, 'maxmemory-policy', 'volatile-lru'), r.config(:get, 'maxmemory-policy'), r.config(:set, 'maxmemory-policy', 'noeviction'), r.time.size, r.lastsave > 0] }
step('server more') { [r.client(:setname, 'me'), r.client(:getname), r.client(:list).size >= 1, r.slowlog(:reset), r.slowlog(:len).class, r.info['redis_mode'], r.info('commandstats').key?('get'), r.swapdb(0, 1) == 'OK' && r.swapdb(1, 0)] }
step('unknown') { r.call('NOSUCH', 'a') }
step('namespace') { n = Redis::Namespace.new('ns', redis: r); [n.set('k', 1), n.get('k'), r.get('ns:k'), n.keys('*'), n.lpush('q', 1), n.brpop('q', timeout: 1), n.multi { |t| t.incr('k') }, n.scan_each.to_a] }

step('password') do
  r.call('ACL', 'SETUSER', 'alice', 'on', '>pass word', '~a*', '+@read', '+ping')
  alice = Redis.new(host: '127.0.0.1', port: PORT, username: 'alice', password: 'pass word')
  [alice.ping, alice.get('a2')]
end
step('password wrong') { Redis.new(host: '127.0.0.1', port: PORT, username: 'alice', password: 'x').ping }
step('socket') { Redis.new(path: SOCKET).ping }
step('database') { [Redis.new(url: "#{URL}/5").set('five', 5), r.exists('five'), Redis.new(url: "#{URL}/5").get('five')] }
certificate = { ca_file: "#{ENV.fetch('TLS')}/ca.crt", cert: OpenSSL::X509::Certificate.new(File.read("#{ENV.fetch('TLS')}/redis.crt")), key: OpenSSL::PKey.read(File.read("#{ENV.fetch('TLS')}/redis.key")) }
secure = ->(**more) { Redis.new(url: "rediss://localhost:#{TLS_PORT}", reconnect_attempts: 0, ssl_params: certificate.merge(more)) }
stranger = { ca_file: certificate[:ca_file], cert: nil, key: nil }
# What was refused: the words are OpenSSL's and differ with the moment when the connection ends.
refused = lambda do |connection|
  connection.ping
rescue Redis::BaseConnectionError, OpenSSL::SSL::SSLError
  'refused'
end
step('tls') { secure.().then { |s| [s.ping, s.set('tls', 'x' * 200_000), s.get('tls').size] } }
step('tls without a certificate') { %w[yes optional no].map { |mode| [r.config(:set, 'tls-auth-clients', mode), refused.(secure.(**stranger))] } }
step('tls of another authority') { [r.config(:set, 'tls-auth-clients', 'yes'), refused.(secure.(ca_file: "#{ENV.fetch('TLS')}/other.crt"))] }
step('tls versions') do
  versions = [OpenSSL::SSL::TLS1_2_VERSION, OpenSSL::SSL::TLS1_3_VERSION]
  ['TLSv1.2', 'TLSv1.3', 'TLSv1.2 TLSv1.3'].map do |allowed|
    [allowed, r.config(:set, 'tls-protocols', allowed), versions.map { |v| refused.(secure.(min_version: v, max_version: v)) }]
  end
end
step('tls ciphers') do
  suites = %w[ECDHE-RSA-AES128-GCM-SHA256 ECDHE-RSA-AES256-GCM-SHA384]
  answers = suites.map { |only| [r.config(:set, 'tls-ciphers', only), suites.map { |s| refused.(secure.(max_version: OpenSSL::SSL::TLS1_2_VERSION, ciphers: s)) }] }
  answers << r.config(:set, 'tls-ciphers', '')
end
step('tls certificate renewed') do
  old = secure.()
  old.set('renewed', 1)
  waiter = Thread.new { secure.().blpop('renewals', timeout: 30) }
  eventually { r.info('clients')['blocked_clients'] == '1' }
  serial = -> { OpenSSL::SSL::SSLSocket.new(TCPSocket.new('localhost', TLS_PORT), OpenSSL::SSL::SSLContext.new.tap { |c| c.set_params(certificate) }).tap(&:connect).peer_cert.serial }
  before = serial.()
  set = r.call('CONFIG', 'SET', 'tls-cert-file', "#{ENV.fetch('TLS')}/renewed.crt", 'tls-key-file', "#{ENV.fetch('TLS')}/renewed.key")
  [set, serial.() == before, old.incr('renewed'), r.lpush('renewals', 1), waiter.value, secure.().ping]
end
step('flush') { [r.flushdb, r.dbsize, r.flushall, r.quit] }
