# frozen_string_literal: true

# Action Cable's subscription adapter on Redis: many channels, one connection.

require_relative 'step'
require 'active_support/all'
require 'action_cable'
require 'action_cable/subscription_adapter/redis'
require 'logger'

server = ActionCable::Server::Base.new
server.config.cable = { adapter: 'redis', url: URL, channel_prefix: 'app' }.with_indifferent_access
server.config.logger = Logger.new(nil)
adapter = server.pubsub
r = Redis.new(url: URL)
got = Queue.new

step('subscribe') do
  ready = Queue.new
  50.times { |i| adapter.subscribe("room#{i}", (@callbacks ||= {})[i] = ->(m) { got << [i, m] }, -> { ready << i }) }
  Array.new(50) { Timeout.timeout(60) { ready.pop } }.sort == (0...50).to_a
end
step('channels') { eventually { r.pubsub('channels', 'app:*').size == 50 } && r.pubsub('channels', 'app:*').sort.first(3) }
step('broadcast') { 500.times { |i| adapter.broadcast("room#{i % 50}", "message #{i}") } && Array.new(500) { Timeout.timeout(60) { got.pop } }.sort.then { |m| [m.size, m.first, m.last] } }
step('unsubscribe') { [adapter.unsubscribe('room7', @callbacks[7]), eventually { r.pubsub('channels', 'app:*').size == 49 }] }
step('nobody') { r.publish('app:room7', 'x') }
step('one more') { adapter.broadcast('room8', 'last') && Timeout.timeout(60) { got.pop } }
step('shutdown') { adapter.shutdown.class && eventually { r.pubsub('channels', 'app:*').empty? } }
