# frozen_string_literal: true

# Rails' cache store on Redis.

require_relative 'step'
require 'active_support'
require 'active_support/cache'
require 'active_support/cache/redis_cache_store'
require 'active_support/notifications'
require 'active_support/core_ext/numeric/time'

errors = []
c = ActiveSupport::Cache::RedisCacheStore.new(url: URL, namespace: 'cache', expires_in: 600, error_handler: ->(method:, returning:, exception:) { errors << [method, exception.message] })
r = Redis.new(url: URL)
r.flushall

step('write') { [c.write('a', { x: [1, 'two'] }), c.read('a'), c.exist?('a'), r.keys('*'), r.ttl('cache:a') > 500] }
step('unless exist') { [c.write('a', 2, unless_exist: true), c.write('b', 2, unless_exist: true, expires_in: 5), r.ttl('cache:b')] }
step('fetch') { [c.fetch('f') { 'made' }, c.fetch('f') { 'again' }, c.fetch('f', force: true) { 'forced' }, c.fetch('nil') { nil }, c.fetch('skip', skip_nil: true) { nil }, c.exist?('skip')] }
step('race condition ttl') do
  c.write('race', 'old', expires_in: 0.1)
  sleep 0.15
  [c.fetch('race', race_condition_ttl: 5) { c.read('race') || 'missing' }, c.read('race')]
end
step('multi') { [c.write_multi({ 'm1' => 1, 'm2' => 'two' }, expires_in: 60).keys, c.read_multi('m1', 'm2', 'm3'), c.fetch_multi('m1', 'm4') { |k| k.upcase }] }
step('counters') { [c.increment('n'), c.increment('n', 4), c.decrement('n'), c.read('n', raw: true), r.ttl('cache:n') > 500] }
step('raw') { [c.write('raw', 7, raw: true), c.read('raw', raw: true), r.get('cache:raw')] }
step('large') { [c.write('large', 'x' * 2_000_000), c.read('large').size, r.strlen('cache:large') < 100_000] }
step('delete') { [c.delete('a'), c.delete('a'), c.delete_multi(%w[m1 m2 none])] }
step('delete matched') { (1..2500).each_slice(500) { |s| c.write_multi(s.to_h { |i| ["dm/#{i}", i] }) } && [c.delete_matched('dm/*').class, r.keys('cache:dm/*').size] }
step('delete matched regexp') { c.delete_matched(/x/) }
step('expiry') { c.write('short', 1, expires_in: 0.2) && sleep(0.3) && [c.read('short'), c.exist?('short')] }
step('version') { [c.write('v', 1, version: 1), c.read('v', version: 1), c.read('v', version: 2)] }
step('clear') { r.set('other', 1) && [c.clear.class, r.keys('*')] }
step('errors') { errors }
step('unreachable') { ActiveSupport::Cache::RedisCacheStore.new(url: 'redis://127.0.0.1:1', reconnect_attempts: 0).then { |d| [d.read('a'), d.fetch('a') { 'computed' }] } }
