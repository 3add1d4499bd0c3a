package server

import (
	"fmt"
	"time"

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
	w.field("aof_enabled", 0)
	w.field("aof_rewrite_in_progress", 0)
	w.field("aof_rewrite_scheduled", 0)
	w.field("aof_last_rewrite_time_sec", -1)
	w.field("aof_current_rewrite_time_sec", -1)
	w.field("aof_last_bgrewrite_status", "ok")
	w.field("aof_rewrites", 0)
	w.field("aof_rewrites_consecutive_failures", 0)
	w.field("aof_last_write_status", "ok")
	w.field("aof_last_cow_size", 0)
	w.field("module_fork_in_progress", 0)
	w.field("module_fork_last_cow_size", 0)
	s.infoLoading(w)
}

func (s *Server) infoLoading(w *infoWriter) {
	if !s.engine.Loading() {
		return
	}
	p := s.progress
	w.field("loading_start_time", p.started.Unix())
	w.field("loading_total_bytes", p.total)
	w.field("loading_rdb_used_mem", 0)
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
