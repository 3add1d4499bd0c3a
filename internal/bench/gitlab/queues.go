package gitlab

import (
	"strings"

	"redoubt/internal/bench/load"
)

// popDue takes one member whose time has come.
var popDue = newScript(`local due = redis.call('zrange', KEYS[1], '-inf', ARGV[1], 'byscore', 'limit', 0, 1)[1]
if due then
  redis.call('zrem', KEYS[1], due)
  return due
end
`)

const (
	queueSet  = Prefix + "queues"
	schedule  = Prefix + "schedule"
	statistic = Prefix + "stat:processed"
)

// queueNames are those of the recommended routing; most jobs are in the first.
var queueNames = []string{"default", "default", "default", "mailers"}

// deepest is how many jobs a queue holds before its producers wait.
const deepest = 100

// Sizes of a job, in bytes.
const (
	jobLeast = 600
	jobMost  = 3000
)

// producer puts jobs into queues, as long as the workers keep up.
type producer struct {
	*pen
	kind int
	sent int
	full bool
}

// Next implements load.Stream.
func (s *producer) Next(dst []byte, last *load.Answer) ([]byte, load.Operation) {
	s.begin(dst)
	s.full = last.Int > deepest // the length of a queue is the last number of every operation
	queue := queueNames[s.rng.IntN(len(queueNames))]
	switch s.sent++; {
	case s.sent%500 == 0:
		s.heartbeat()
		s.request("LLEN", Prefix+"queue:"+queue)
	case s.full:
		s.request("EVALSHA", popDue.SHA, "1", schedule, s.digits(s.sent))
		s.request("SCARD", queueSet)
		s.request("LLEN", Prefix+"queue:"+queue)
	default:
		id := s.rng.IntN(1 << 30)
		if s.rng.IntN(10) == 0 {
			s.request("ZADD", schedule, s.digits(s.sent+s.between(0, 100))+".5", s.jobText(id))
		}
		s.request("SET", Prefix+"resque:duplicate:"+s.digits(id), "1", "NX", "EX", "600")
		s.request("SADD", queueSet, queue)
		s.request("LPUSH", Prefix+"queue:"+queue, s.jobText(id))
	}
	return s.buf, load.Operation{Kind: s.kind, Requests: s.requests}
}

// heartbeat is what a process of Sidekiq says every ten seconds.
func (s *producer) heartbeat() {
	process := s.key("processes", s.rng.IntN(8), 12)
	s.transaction(func() {
		s.request("SADD", Prefix+"processes", process)
		s.request("EXISTS", process)
		s.request("HSET", process, "info", s.value(1, 400), "busy", "3", "beat", s.digits(s.sent), "quiet", "false")
		s.request("EXPIRE", process, "60")
		s.request("RPOP", process+"-signals")
	})
}

// jobText is a job as Sidekiq writes it.
func (s *producer) jobText(id int) string {
	n := jobLeast + int(mix64(uint64(id))%(jobMost-jobLeast))
	return `{"retry":3,"queue":"default","class":"ProcessCommitWorker","jid":"` + s.digits(id) + `","args":["` + quoteJSON(s.value(id, n)) + `"]}`
}

// worker waits for a job, keeps it in its working list while it is at it, and acknowledges it.
type worker struct {
	*pen
	kind    int
	working string
	step    workerStep
	job     string
}

type workerStep uint8

const (
	waiting workerStep = iota
	taken
	started
	done
)

// Next implements load.Stream.
func (w *worker) Next(dst []byte, last *load.Answer) ([]byte, load.Operation) {
	w.begin(dst)
	if w.step == taken && len(last.Bulk) == 0 {
		w.step = waiting // nothing came in time
	}
	switch w.step {
	case waiting:
		w.step = taken
		w.request("BRPOP", Prefix+"queue:default", Prefix+"queue:mailers", "5")
		return w.buf, load.Operation{Kind: w.kind, Requests: w.requests, Blocking: true, Keep: true}
	case taken:
		w.step = started
		w.job = string(last.Bulk)
		w.request("LPUSH", w.working, w.job)
	case started:
		w.step = done
		w.startJob()
	case done:
		w.step = waiting
		w.request("LREM", w.working, "1", w.job)
		w.request("INCRBY", statistic, "1")
	}
	return w.buf, load.Operation{Kind: w.kind, Requests: w.requests}
}

// startJob is what middleware does: status, tracker, and the end of the lock against duplicates.
func (w *worker) startJob() {
	id := jobID(w.job)
	if w.rng.IntN(5) == 0 {
		w.request("SET", Prefix+"gitlab-sidekiq-status:"+id, "1", "EX", "1800")
	}
	if w.rng.IntN(2) == 0 {
		w.request("HSET", Prefix+"sidekiq:tracker", id, "ProcessCommitWorker")
		w.request("HDEL", Prefix+"sidekiq:tracker", id)
	}
	w.request("DEL", Prefix+"resque:duplicate:"+id)
}

// jobID is the jid of a job.
func jobID(job string) string {
	_, rest, _ := strings.Cut(job, `"jid":"`)
	id, _, _ := strings.Cut(rest, `"`)
	return id
}
