# frozen_string_literal: true

# What the scenarios have in common: they are called with the port, the port of TLS and the path of the Unix socket, and
# print a line for each step.

require 'redis'
require 'timeout'

PORT, TLS_PORT, SOCKET = ARGV[0].to_i, ARGV[1].to_i, ARGV[2]
URL = "redis://127.0.0.1:#{PORT}"
$stdout.sync = true

# step runs one step; what it returns, or the error it raises, is its result. A mistake in the scenario, and something that it
# waits for in vain, end it: they could be the same on both servers.
def step(name)
  result =
    begin
      Timeout.timeout(70) { yield }
    rescue NameError, Timeout::Error
      raise
    rescue StandardError => e
      "#{e.class}: #{e.message}"
    end
  puts "#{name}: #{result.inspect}"
end

# eventually waits until the block is true.
def eventually
  deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + 60
  until (value = yield)
    raise Timeout::Error, 'it did not happen in time' if Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline

    sleep 0.02
  end
  value
end
