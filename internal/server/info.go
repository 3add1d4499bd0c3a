package server

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"strings"
	"syscall"
	"time"

	"redoubt/internal/engine"
)

// Version is the Redis version whose behaviour this server has; it is what redis_version says.
const Version = "7.2.4"

// infoSections in the order INFO prints them. def: part of INFO without arguments.
var infoSections = []struct {
	name  string
	def   bool
	write func(*Server, *infoWriter)
}{
	{"server", true, (*Server).infoServer},
	{"clients", true, (*Server).infoClients},
	{"memory", true, (*Server).infoMemory},
	{"persistence", true, (*Server).infoPersistence},
	{"stats", true, (*Server).infoStats},
	{"replication", true, (*Server).infoReplication},
	{"cpu", true, (*Server).infoCPU},
	{"modules", true, (*Server).infoModules},
	{"commandstats", false, (*Server).infoCommandStats},
	{"errorstats", true, (*Server).infoErrorStats},
	{"latencystats", false, (*Server).infoLatencyStats},
	{"cluster", true, (*Server).infoCluster},
	{"keyspace", true, (*Server).infoKeyspace},
}

// infoWriter collects "name:value" lines.
type infoWriter struct{ buf []byte }

func (w *infoWriter) section(title string) {
	if len(w.buf) > 0 {
		w.buf = append(w.buf, "\r\n"...)
	}
	w.buf = append(append(append(w.buf, "# "...), title...), "\r\n"...)
}

func (w *infoWriter) field(name string, value any) {
	if b, ok := value.(bool); ok {
		value = 0
		if b {
			value = 1
		}
	}
	w.buf = fmt.Appendf(w.buf, "%s:%v\r\n", name, value)
}

func (w *infoWriter) float2(name string, v float64) { w.field(name, fmt.Sprintf("%.2f", v)) }

// human is a byte count for people, as Redis prints it ("1.50M").
func human(n int64) string {
	units := []string{"B", "K", "M", "G", "T", "P"}
	if n < 1024 {
		return fmt.Sprintf("%dB", n)
	}
	f, u := float64(n), 0
	for f >= 1024 && u < len(units)-1 {
		f, u = f/1024, u+1
	}
	return fmt.Sprintf("%.2f%s", f, units[u])
}

// Info implements engine.Host.
func (s *Server) Info(dst []byte, sections []string) []byte {
	w := &infoWriter{}
	want := map[string]bool{}
	def := len(sections) == 0
	all := false
	for _, name := range sections {
		switch n := strings.ToLower(name); n {
		case "default":
			def = true
		case "all":
			all = true
		case "everything":
			all = true
			want["modules"] = true
		default:
			want[n] = true
		}
	}
	for _, sec := range infoSections {
		if want[sec.name] || def && sec.def || all && sec.name != "modules" {
			sec.write(s, w)
		}
	}
	return append(dst, w.buf...)
}

func (s *Server) infoServer(w *infoWriter) {
	var u syscall.Utsname
	osText := runtime.GOOS
	if syscall.Uname(&u) == nil {
		osText = utsText(u.Sysname[:]) + " " + utsText(u.Release[:]) + " " + utsText(u.Machine[:])
	}
	now := time.Now()
	up := int64(now.Sub(s.started).Seconds())
	exe, _ := os.Executable()
	w.section("Server")
	w.field("redis_version", Version)
	w.field("redis_git_sha1", "00000000")
	w.field("redis_git_dirty", 0)
	w.field("redis_build_id", s.build.ID)
	w.field("redis_mode", "standalone")
	w.field("os", osText)
	w.field("arch_bits", 64)
	w.field("monotonic_clock", "POSIX clock_gettime")
	w.field("multiplexing_api", "epoll")
	w.field("atomicvar_api", "go-atomic")
	w.field("gcc_version", "0.0.0")
	w.field("process_id", os.Getpid())
	w.field("process_supervised", "no")
	w.field("run_id", s.runID)
	w.field("tcp_port", s.conf().Int("port"))
	w.field("server_time_usec", now.UnixMicro())
	w.field("uptime_in_seconds", up)
	w.field("uptime_in_days", up/86400)
	w.field("hz", s.conf().Int("hz"))
	w.field("configured_hz", s.conf().Int("hz"))
	w.field("lru_clock", now.Unix()&(1<<24-1))
	w.field("executable", exe)
	w.field("config_file", absolute(s.config.Path()))
	w.field("io_threads_active", 0)
	w.field("server_name", "redoubt")
	w.field("redoubt_version", s.build.Version)
	w.field("go_version", runtime.Version())
	for i, l := range s.listenerTexts() {
		w.field(fmt.Sprintf("listener%d", i), l)
	}
}

func absolute(path string) string {
	if path == "" {
		return ""
	}
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

func utsText(c []int8) string {
	var b strings.Builder
	for _, v := range c {
		if v == 0 {
			break
		}
		b.WriteByte(byte(v))
	}
	return b.String()
}

func (s *Server) infoClients(w *infoWriter) {
	e := s.engine
	var maxIn, maxOut, pubsub int
	e.Clients(func(c *engine.Client) bool {
		in, _, _ := c.Conn.QueryBuffer()
		maxIn, maxOut = max(maxIn, in), max(maxOut, cap(c.Out.Buf))
		if c.Type() == "pubsub" {
			pubsub++
		}
		return true
	})
	w.section("Clients")
	w.field("connected_clients", e.ClientCount())
	w.field("cluster_connections", 0)
	w.field("maxclients", e.Settings.MaxClients)
	w.field("client_recent_max_input_buffer", maxIn)
	w.field("client_recent_max_output_buffer", maxOut)
	w.field("blocked_clients", e.BlockedClients())
	w.field("tracking_clients", e.TrackingClients())
	w.field("pubsub_clients", pubsub)
	w.field("watching_clients", e.WatchingClients())
	w.field("clients_in_timeout_table", e.BlockedClients())
	w.field("total_watched_keys", e.WatchedKeys())
	w.field("total_blocking_keys", e.BlockingKeys())
	w.field("total_blocking_keys_on_nokey", 0)
}

func (s *Server) infoStats(w *infoWriter) {
	e := s.engine
	st := &e.Stats
	w.section("Stats")
	w.field("total_connections_received", st.ConnectionsReceived)
	w.field("total_commands_processed", st.Commands)
	w.field("instantaneous_ops_per_sec", int64(s.rates.ops))
	w.field("total_net_input_bytes", st.NetInput)
	w.field("total_net_output_bytes", st.NetOutput)
	w.field("total_net_repl_input_bytes", 0)
	w.field("total_net_repl_output_bytes", 0)
	w.float2("instantaneous_input_kbps", s.rates.in/1024)
	w.float2("instantaneous_output_kbps", s.rates.out/1024)
	w.float2("instantaneous_input_repl_kbps", 0)
	w.float2("instantaneous_output_repl_kbps", 0)
	w.field("rejected_connections", st.RejectedConnections)
	w.field("sync_full", 0)
	w.field("sync_partial_ok", 0)
	w.field("sync_partial_err", 0)
	w.field("expired_keys", st.ExpiredKeys)
	w.field("expired_stale_perc", "0.00")
	w.field("expired_time_cap_reached_count", st.ExpiredTimeCapReached)
	w.field("expire_cycle_cpu_milliseconds", st.BackgroundTime.Milliseconds())
	w.field("evicted_keys", st.EvictedKeys)
	w.field("evicted_clients", st.EvictedClients)
	w.field("evicted_scripts", s.engine.Interpreter.Evicted())
	w.field("total_eviction_exceeded_time", 0)
	w.field("current_eviction_exceeded_time", 0)
	w.field("keyspace_hits", st.KeyspaceHits)
	w.field("keyspace_misses", st.KeyspaceMisses)
	w.field("pubsub_channels", len(e.ActiveChannels(engine.SubChannel, "*")))
	w.field("pubsub_patterns", e.PatternCount())
	w.field("pubsubshard_channels", len(e.ActiveChannels(engine.SubShard, "*")))
	w.field("latest_fork_usec", 0)
	w.field("total_forks", 0)
	w.field("migrate_cached_sockets", e.Migration.Len())
	w.field("slave_expires_tracked_keys", 0)
	w.field("active_defrag_hits", 0)
	w.field("active_defrag_misses", 0)
	w.field("active_defrag_key_hits", 0)
	w.field("active_defrag_key_misses", 0)
	w.field("total_active_defrag_time", 0)
	w.field("current_active_defrag_time", 0)
	w.field("tracking_total_keys", e.TrackedKeys())
	w.field("tracking_total_items", e.TrackedItems())
	w.field("tracking_total_prefixes", e.TrackingPrefixes())
	w.field("unexpected_error_replies", st.UnexpectedErrors)
	w.field("total_error_replies", st.ErrorReplies)
	w.field("dump_payload_sanitizations", 0)
	w.field("total_reads_processed", st.Reads)
	w.field("total_writes_processed", st.Writes)
	w.field("io_threaded_reads_processed", 0)
	w.field("io_threaded_writes_processed", 0)
	w.field("client_query_buffer_limit_disconnections", st.QueryLimitDisconnections)
	w.field("client_output_buffer_limit_disconnections", st.OutputLimitDisconnections)
	w.field("reply_buffer_shrinks", 0)
	w.field("reply_buffer_expands", 0)
	w.field("acl_access_denied_auth", st.ACLDeniedAuth)
	w.field("acl_access_denied_cmd", st.ACLDeniedCommand)
	w.field("acl_access_denied_key", st.ACLDeniedKey)
	w.field("acl_access_denied_channel", st.ACLDeniedChannel)
}

func (s *Server) infoReplication(w *infoWriter) {
	w.section("Replication")
	w.field("role", "master")
	w.field("connected_slaves", 0)
	w.field("master_failover_state", "no-failover")
	w.field("master_replid", s.replID)
	w.field("master_replid2", strings.Repeat("0", 40))
	w.field("master_repl_offset", s.engine.Stream.Position())
	w.field("second_repl_offset", -1)
	w.field("repl_backlog_active", 0)
	w.field("repl_backlog_size", s.conf().Int("repl-backlog-size"))
	w.field("repl_backlog_first_byte_offset", 0)
	w.field("repl_backlog_histlen", 0)
}

func (s *Server) infoCPU(w *infoWriter) {
	var self, children syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &self)
	_ = syscall.Getrusage(syscall.RUSAGE_CHILDREN, &children)
	t := func(v syscall.Timeval) string { return fmt.Sprintf("%d.%06d", v.Sec, v.Usec) }
	w.section("CPU")
	w.field("used_cpu_sys", t(self.Stime))
	w.field("used_cpu_user", t(self.Utime))
	w.field("used_cpu_sys_children", t(children.Stime))
	w.field("used_cpu_user_children", t(children.Utime))
	w.field("used_cpu_sys_main_thread", t(self.Stime))
	w.field("used_cpu_user_main_thread", t(self.Utime))
	w.field("lock_wait_seconds", fmt.Sprintf("%.6f", lockWait().Seconds()))
}

// lockWait is how long goroutines have waited for locks since the start, above all for the engine's: an estimate from samples.
func lockWait() time.Duration {
	sample := []metrics.Sample{{Name: "/sync/mutex/wait/total:seconds"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindFloat64 {
		return 0
	}
	return time.Duration(sample[0].Value.Float64() * float64(time.Second))
}

func (s *Server) infoModules(w *infoWriter) { w.section("Modules") }

func (s *Server) infoCluster(w *infoWriter) {
	w.section("Cluster")
	w.field("cluster_enabled", 0)
}

func (s *Server) infoKeyspace(w *infoWriter) {
	w.section("Keyspace")
	for id := range s.engine.Databases() {
		sp := s.engine.DB(id).Space
		if sp.Len() > 0 {
			ttl := int64(0)
			if sp.Expires() > 0 {
				ttl = max(sp.MeanExpire()-s.engine.NowMs(), 0)
			}
			w.field(fmt.Sprintf("db%d", id), fmt.Sprintf("keys=%d,expires=%d,avg_ttl=%d", sp.Len(), sp.Expires(), ttl))
		}
	}
}
