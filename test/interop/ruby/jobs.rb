# frozen_string_literal: true

# The jobs that the Sidekiq scenario runs. What they did is in the lists done and attempts.

require 'sidekiq'

Sidekiq.configure_server do |config|
  config.redis = { url: ENV.fetch('URL') }
  config.options[:poll_interval_average] = 0.3
  config.options[:timeout] = 4 # longer than a fetch, which takes up to 2 s
end
Sidekiq.configure_client { |config| config.redis = { url: ENV.fetch('URL') } }

def note(list, text) = Sidekiq.redis { |r| r.rpush(list, text) }

class Plain
  include Sidekiq::Worker
  def perform(*args) = note('done', "plain #{args.inspect}")
end

class Urgent
  include Sidekiq::Worker
  sidekiq_options queue: 'urgent'
  def perform(n) = note('done', "urgent #{n}")
end

class Flaky
  include Sidekiq::Worker
  sidekiq_options retry: 2
  sidekiq_retry_in { 1 }
  def perform(fails)
    note('attempts', 'flaky')
    raise 'not yet' if Sidekiq.redis { |r| r.incr('flaky') } <= fails

    note('done', 'flaky')
  end
end

class Doomed
  include Sidekiq::Worker
  sidekiq_options retry: 1
  sidekiq_retry_in { 1 }
  def perform
    note('attempts', 'doomed')
    raise ArgumentError, 'never'
  end
end

class Slow
  include Sidekiq::Worker
  def perform
    note('attempts', 'slow')
    sleep 20
    note('done', 'slow')
  end
end

# Noted notes in a file that it ran: that needs no server.
class Noted
  include Sidekiq::Worker
  def perform = File.write(ENV.fetch('NOTES'), "#{jid}\n", mode: 'a')
end
