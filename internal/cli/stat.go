package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// statsPerHead is after how many lines the head of the table is repeated.
const statsPerHead = 20

// rollStats prints a line about the server again and again, until the connection ends.
func (c *client) rollStats() error {
	if c.interval == 0 {
		c.interval = time.Second
	}
	before := int64(-1)
	for line := 0; ; line++ {
		reply, err := c.demand("INFO", []string{"INFO"})
		if err != nil {
			return err
		}
		info := parseInfo(reply.String())
		if line%statsPerHead == 0 {
			fmt.Fprintln(c.out, "------- data ------ --------------------- load -------------------- - child -")
			fmt.Fprintln(c.out, "keys       mem      clients blocked requests            connections          ")
		}
		requests := info.number("total_commands_processed")
		if before < 0 {
			before = requests
		}
		fmt.Fprintf(c.out, "%-11d%-9s%-8d%-8d%-20s%-12d%s\n", info.keys(), humanBytes(info.number("used_memory")),
			info.number("connected_clients"), info.number("blocked_clients"), fmt.Sprintf("%d (+%d)", requests, requests-before),
			info.number("total_connections_received"), info.work())
		before = requests
		time.Sleep(c.interval)
	}
}

// infoFields are those of a reply to INFO.
type infoFields map[string]string

func parseInfo(text string) infoFields {
	fields := infoFields{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimRight(line, "\r\n"), ":"); ok {
			fields[name] = value
		}
	}
	return fields
}

func (f infoFields) number(name string) int64 {
	n, _ := strconv.ParseInt(f[name], 10, 64) // what a server does not tell is 0
	return n
}

// keys adds up those of all databases.
func (f infoFields) keys() (total int64) {
	for name, value := range f {
		if number, ok := strings.CutPrefix(name, "db"); ok && isNumber(number) {
			count, _, _ := strings.Cut(strings.TrimPrefix(value, "keys="), ",")
			n, _ := strconv.ParseInt(count, 10, 64)
			total += n
		}
	}
	return total
}

func isNumber(text string) bool {
	_, err := strconv.ParseUint(text, 10, 32)
	return err == nil
}

// work names what the server does beside its clients, and how far a save or a load is where it tells.
func (f infoFields) work() string {
	var parts []string
	if f.number("loading") != 0 {
		parts = append(parts, "LOAD"+progress(f["loading_loaded_perc"], 0, f["loading_eta_seconds"]))
	}
	snapshot := progress(f["current_fork_perc"], f.number("current_save_bytes_per_second"), f["current_save_eta_seconds"])
	if f.number("rdb_bgsave_in_progress") != 0 {
		parts = append(parts, "SAVE"+snapshot)
	}
	if f.number("aof_rewrite_in_progress") != 0 { // never at the same time
		parts = append(parts, "AOF"+snapshot)
	}
	return strings.Join(parts, "+")
}

// progress words percent, rate (bytes a second) and time left; a server that does not tell the time left tells nothing.
func progress(percent string, rate int64, eta string) string {
	seconds, err := strconv.ParseInt(eta, 10, 64)
	if err != nil {
		return ""
	}
	text := fmt.Sprintf(" %s%%", percent)
	if rate > 0 {
		text += fmt.Sprintf(" %s/s", humanBytes(rate))
	}
	return text + fmt.Sprintf(" %d:%02d left", seconds/60, seconds%60)
}

// humanBytes is a number of bytes for people, with two digits behind the point.
func humanBytes(n int64) string {
	units := []string{"K", "M", "G", "T"}
	if n < 1<<10 {
		return fmt.Sprintf("%dB", n)
	}
	f, unit := float64(n)/(1<<10), 0
	for ; f >= 1<<10 && unit < len(units)-1; unit++ {
		f /= 1 << 10
	}
	return fmt.Sprintf("%.2f%s", f, units[unit])
}
