package server

import (
	"fmt"
	"time"

	"redoubt/internal/persist/aof"
	"redoubt/internal/persist/snapshot"
)

func (s *Server) infoPersistence(w *infoWriter) {
	st := &s.save
	status := func(err error) string {
		if err != nil {
			return "err"
		}
		return "ok"
	}
	seconds := func(d time.Duration, known bool) int64 {
		if !known {
			return -1
		}
		return int64(d.Seconds())
	}
	w.section("Persistence")
	w.field("loading", s.engine.Loading())
	w.field("async_loading", 0)
	s.infoSnapshot(w)
	w.field("rdb_changes_since_last_save", s.engine.Dirty()-st.dirtyAtSave)
	w.field("rdb_bgsave_in_progress", st.running)
	w.field("rdb_last_save_time", st.last.Unix())
	w.field("rdb_last_bgsave_status", status(st.failed))
	w.field("rdb_last_bgsave_time_sec", seconds(st.lastDuration, st.hasDuration))
	w.field("rdb_current_bgsave_time_sec", seconds(time.Since(st.started), st.running))
	w.field("rdb_saves", st.saves)
	w.field("rdb_last_cow_size", st.lastHeld)
	w.field("rdb_last_load_keys_expired", st.expiredAtLoad)
	w.field("rdb_last_load_keys_loaded", st.keysLoaded)
	s.infoRewrite(w, seconds)
	w.field("module_fork_in_progress", 0)
	w.field("module_fork_last_cow_size", 0)
	s.infoLog(w)
	s.infoLoading(w)
}

// infoRewrite tells how rewriting the append-only file goes.
func (s *Server) infoRewrite(w *infoWriter, seconds func(d time.Duration, known bool) int64) {
	r := &s.aof.rewrite
	status := func(failed bool) string {
		if failed {
			return "err"
		}
		return "ok"
	}
	w.field("aof_enabled", s.aof.mode != aofOff)
	w.field("aof_rewrite_in_progress", r.running)
	w.field("aof_rewrite_scheduled", r.scheduled)
	w.field("aof_last_rewrite_time_sec", seconds(r.lastDuration, r.hasDuration))
	w.field("aof_current_rewrite_time_sec", seconds(time.Since(r.started), r.running))
	w.field("aof_last_bgrewrite_status", status(r.failed))
	w.field("aof_rewrites", r.rewrites)
	w.field("aof_rewrites_consecutive_failures", r.failures)
	w.field("aof_last_write_status", status(s.aof.misconf() != ""))
	w.field("aof_last_cow_size", r.lastHeld)
}

// infoLog tells how the append-only file is, while it is switched on. Fsyncs of the background are those of everysec.
func (s *Server) infoLog(w *infoWriter) {
	a := &s.aof
	if a.mode == aofOff {
		return
	}
	var st aof.Stats
	if a.log != nil {
		st = a.log.Stats()
	}
	w.field("aof_current_size", a.otherSize+st.Size)
	w.field("aof_base_size", a.baseSize)
	w.field("aof_pending_rewrite", a.rewrite.scheduled)
	w.field("aof_buffer_length", st.Buffered)
	w.field("aof_pending_bio_fsync", st.Syncing)
	w.field("aof_delayed_fsync", st.Delayed)
}

func (s *Server) infoLoading(w *infoWriter) {
	if !s.engine.Loading() {
		return
	}
	p := s.progress
	w.field("loading_start_time", p.started.Unix())
	w.field("loading_total_bytes", p.total)
	w.field("loading_rdb_used_mem", p.usedMemory)
	w.field("loading_loaded_bytes", p.bytes)
	w.field("loading_loaded_perc", fmt.Sprintf("%.2f", 100*ratio(p.bytes, max(p.total, 1))))
	w.field("loading_eta_seconds", p.eta())
}

// infoSnapshot tells how far the running snapshot is. There is no copy on write: cow stands for the bytes that a snapshot
// holds because they are not written yet.
func (s *Server) infoSnapshot(w *infoWriter) {
	var p snapshot.Progress
	if s.save.job != nil {
		p = s.save.job.Progress()
	}
	w.field("current_cow_peak", p.Peak)
	w.field("current_cow_size", p.Held)
	w.field("current_cow_size_age", 0)
	perc := 0.0
	if s.save.job != nil {
		perc = p.Percent()
	}
	w.float2("current_fork_perc", perc)
	w.field("current_save_keys_processed", p.Recorded)
	w.field("current_save_keys_total", p.Total)
	if s.save.job != nil {
		w.field("current_save_bytes_written", p.Written)
		w.field("current_save_bytes_per_second", int64(p.Rate()))
		w.field("current_save_eta_seconds", int64(p.Left().Seconds()))
	}
}
