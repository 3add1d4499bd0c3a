# frozen_string_literal: true

# A real sidekiq process: jobs run, retry, are scheduled, die, and are handed back when it ends.

require_relative 'step'
ENV['URL'] = URL
require_relative 'jobs'
require 'sidekiq/api'

$redis = Redis.new(url: URL)
$redis.flushall

def start
  log = File.join(Dir.mktmpdir, 'log')
  pid = spawn({ 'URL' => URL }, 'sidekiq', '-r', './jobs.rb', '-c', '3', '-q', 'urgent', '-q', 'default', %i[out err] => log)
  at_exit { Process.kill('KILL', pid) rescue nil }
  eventually { Sidekiq::ProcessSet.new.size == 1 }
  pid
end

def stop(pid)
  Process.kill('TERM', pid)
  Process.wait(pid)
  $?.exitstatus
end

# retried waits for the nth retry of jobs, and has it due at once instead of in up to 30 s.
def retried(class_name, n)
  eventually { Sidekiq::RetrySet.new.first&.then { |j| j['retry_count'] == n && j.klass == class_name && j.reschedule(Time.now - 1) } } && n
end

# under_way is what runs as of the last heartbeat, which may still know of what has ended.
def under_way = Sidekiq::Workers.new.map { |_, _, w| w['payload'].then { |j| (j.is_a?(String) ? JSON.parse(j) : j)['class'] } }

def done(n) = eventually { $redis.llen('done') >= n } && $redis.lrange('done', 0, -1).sort.tally

require 'tmpdir'
step('push') { [Plain.perform_async(1, 'two', { 'a' => [nil] }), Urgent.perform_async(1)].map(&:size) }
step('bulk') { Sidekiq::Client.push_bulk('class' => Plain, 'args' => (1..100).map { |i| [i % 4] }).size }
step('schedule') { [Plain.perform_in(2, 'later'), Plain.perform_at(Time.now + 10_000, 'much later')].map(&:size) }
step('queues') { [Sidekiq::Queue.all.map(&:name).sort, Sidekiq::Queue.new.size, Sidekiq::Queue.new('urgent').first.klass, Sidekiq::ScheduledSet.new.size] }
pid = nil
step('start') { (pid = start) > 0 }
step('performed') { done(103) }
step('scheduled left') { Sidekiq::ScheduledSet.new.map(&:args) }
step('retry') { Flaky.perform_async(2).size }
step('retried') { [retried('Flaky', 0), retried('Flaky', 1), done(104)['flaky'], $redis.lrange('attempts', 0, -1)] }
step('dead') { Doomed.perform_async && retried('Doomed', 0) && eventually { Sidekiq::DeadSet.new.size == 1 } && Sidekiq::DeadSet.new.map { |j| [j.klass, j['error_class'], j['error_message'], j['retry_count']] } }
step('processes') { Sidekiq::ProcessSet.new.map { |p| [p['concurrency'], p['queues'].sort] } }
step('work under way') { Slow.perform_async && eventually { under_way == ['Slow'] } && under_way }
step('stop') { stop(pid) }
step('handed back') { [Sidekiq::Queue.new.size, Sidekiq::Queue.new.map(&:klass), $redis.lrange('attempts', 0, -1).tally['slow'], $redis.lrange('done', 0, -1).tally['slow']] }
step('statistics') { Sidekiq::Stats.new.then { |s| [s.processed, s.failed, s.enqueued, s.scheduled_size, s.retry_size, s.dead_size] } }
step('revive') { Sidekiq::DeadSet.new.first.retry && [Sidekiq::DeadSet.new.size, Sidekiq::Queue.new.map(&:klass).sort] }
step('clear') { [Sidekiq::Queue.new.clear.class, Sidekiq::ScheduledSet.new.clear.class, Sidekiq::Queue.new.size, Sidekiq::ScheduledSet.new.size, Sidekiq::Stats.new.reset.class] }
step('history') { Sidekiq::Stats::History.new(1).processed.values }
