# frozen_string_literal: true

# The server is killed (SIGKILL) again and again while jobs are pushed and run, and starts anew from what it has on disk: no job
# whose push it has acknowledged may be lost. SERVER is the command of the server.

require_relative 'step'
require 'shellwords'
require 'socket'
require 'tmpdir'

DIRECTORY = Dir.mktmpdir
OWN_PORT = Socket.tcp_server_sockets('127.0.0.1', 0).then { |s| s.first.local_address.ip_port.tap { s.each(&:close) } }
at_exit { FileUtils.rm_r(DIRECTORY) }
ENV['URL'] = "redis://127.0.0.1:#{OWN_PORT}"
ENV['NOTES'] = File.join(DIRECTORY, 'notes')
require_relative 'jobs'
require 'sidekiq/api'
$redis = Redis.new(port: OWN_PORT)

# Server is a server of the scenario's own, which it can kill.
class Server
  attr_reader :runs # how often it was started

  def initialize(name, *directives)
    Dir.mkdir(dir = File.join(DIRECTORY, name))
    @command = [*Shellwords.split(ENV.fetch('SERVER')), '--port', OWN_PORT.to_s, '--dir', dir, '--save', '', *directives]
    @runs = 0
    at_exit { kill if @pid }
    start
  end

  def kill
    Process.kill('KILL', @pid)
    Process.wait(@pid)
    @pid = nil
  end

  def crash
    kill
    start
  end

  private

  def start
    @pid = spawn(*@command, %i[out err] => File.join(DIRECTORY, 'server.out'))
    eventually { Redis.new(port: OWN_PORT, reconnect_attempts: 0).ping rescue nil }
    @runs += 1
  end
end

# Pushers push jobs from two threads until they are ended, and remember those that were acknowledged.
class Pushers
  def initialize(server)
    @server = server
    @acknowledged = Hash.new { |runs, run| runs[run] = [] }
    @lock = Mutex.new
    @threads = Array.new(2) { Thread.new { push until @ended } }
  end

  # acknowledged are the ids of the jobs whose push began while the server ran for the nth time.
  def acknowledged(run) = @lock.synchronize { @acknowledged[run].dup }

  def end
    @ended = true
    @threads.each(&:join)
  end

  private

  def push
    run = @server.runs
    id = Noted.perform_async
    @lock.synchronize { @acknowledged[run] << id }
    sleep 0.004
  rescue Redis::BaseConnectionError, Redis::CommandError => e
    raise unless e.is_a?(Redis::BaseConnectionError) || e.message.start_with?('LOADING')

    sleep 0.02 # the server is away: this one was not acknowledged
  end
end

def performed = File.exist?(ENV.fetch('NOTES')) ? File.readlines(ENV.fetch('NOTES'), chomp: true) : []

def more_performed(count = 40) = performed.size.then { |before| eventually { performed.size >= before + count } }

# drained returns when every job that the server has is done; those that were under way when it died are queued again.
def drained
  queue, working = 'queue:default', 'working:queue:default'
  eventually do
    next unless $redis.llen(queue).zero?

    requeued = 0
    requeued += 1 while $redis.rpoplpush(working, queue)
    requeued.zero?
  end
end

def start_sidekiq
  pid = spawn('sidekiq', '-r', './reliable.rb', '-c', '3', '-q', 'default', %i[out err] => File.join(DIRECTORY, 'sidekiq.out'))
  at_exit { Process.kill('KILL', pid) && Process.wait(pid) rescue nil }
end

server = Server.new('log', '--appendonly', 'yes', '--appendfsync', 'always')
start_sidekiq
later = Array.new(20) { Noted.perform_in(100_000) }
pushers = Pushers.new(server)
step('first jobs') { more_performed }
3.times do |i|
  step("killed, #{i + 1}") { server.crash && [Sidekiq::ScheduledSet.new.map(&:jid).sort == later.sort, more_performed] }
end
step('acknowledged and lost') do
  pushers.end
  Sidekiq::ScheduledSet.new.each(&:add_to_queue)
  drained
  kept = (1..4).flat_map { |run| pushers.acknowledged(run) }
  [kept.size >= 160, kept - performed, later - performed]
end
server.kill

# With a snapshot alone, what was acknowledged before it is kept.
server = Server.new('snapshot', '--appendonly', 'no')
later = Array.new(20) { Noted.perform_in(100_000) }
pushers = Pushers.new(server)
step('with a snapshot') { more_performed }
kept = []
2.times do |i|
  step("saved and killed, #{i + 1}") do
    kept += pushers.acknowledged(server.runs)
    saved = $redis.save
    more_performed
    server.crash
    [saved, Sidekiq::ScheduledSet.new.map(&:jid).sort == later.sort, more_performed]
  end
end
step('saved and lost') do
  pushers.end
  Sidekiq::ScheduledSet.new.each(&:add_to_queue)
  drained
  [kept.size >= 80, kept - performed, later - performed]
end
server.kill
