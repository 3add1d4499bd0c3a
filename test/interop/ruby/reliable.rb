# frozen_string_literal: true

# A fetch that loses no job when the connection or the process is lost, as GitLab's: a job stays in a list of those under way
# until it is done.

require_relative 'jobs'

class ReliableFetch
  Work = Struct.new(:queue, :job) do
    def queue_name = queue.delete_prefix('queue:')
    def acknowledge = Sidekiq.redis { |r| r.lrem("working:#{queue}", 1, job) }
    def requeue = Sidekiq.redis { |r| r.multi { |t| t.rpush(queue, job); t.lrem("working:#{queue}", 1, job) } }
  end

  def initialize(options) = @queue = "queue:#{options[:queues].first}"

  def retrieve_work
    job = Sidekiq.redis { |r| r.brpoplpush(@queue, "working:#{@queue}", timeout: 1) }
    Work.new(@queue, job) if job
  end

  def bulk_requeue(works, _options) = works.each(&:requeue)
end

Sidekiq.configure_server { |config| config.options[:fetch] = ReliableFetch.new(config.options) }
