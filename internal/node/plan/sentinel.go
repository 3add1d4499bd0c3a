package plan

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"redoubt/internal/node/desired"
	"redoubt/internal/node/redisconf"
	"redoubt/internal/node/sentinelconf"
)

const passwordHeader = "Written by gitlab-ctl reconfigure from gitlab.rb."

const sentinelHeader = "Written by gitlab-ctl reconfigure from gitlab.rb and by Sentinel, which keeps here what it knows of the tier.\n" +
	"Change gitlab.rb, not this file."

// RenderSentinel is the content of sentinel.conf when the file in place is current.
func RenderSentinel(wanted sentinelconf.Wanted, current []redisconf.Directive) []byte {
	return redisconf.Format(sentinelHeader, sentinelconf.Render(wanted, current))
}

func (b *builder) sentinel() error {
	s := b.state.Sentinel
	if s == nil {
		return nil
	}
	current, err := readSentinelConf(s.ConfFile)
	if err != nil {
		return err
	}
	id, err := b.sentinelID(current)
	if err != nil {
		return err
	}
	wanted := sentinelconf.Wanted{
		Name: s.Watched, Host: s.Place.Host, Port: strconv.FormatInt(s.Place.Port, 10), MyID: id, Server: s.Server, Primary: s.Primary,
	}
	if _, err := b.file(WriteFile{
		Path: s.PasswordFile, Content: redisconf.Format(passwordHeader, sentinelconf.AuthPass(wanted)), Mode: confMode,
		Owner: b.owner(b.state.Account.User, b.state.Account.Group), Reason: "the password of the primary, which Sentinel itself does not write readably",
	}); err != nil {
		return err
	}
	if err := b.service(&s.Service); err != nil {
		return err
	}
	hot, cold := sentinelconf.Compare(wanted, current)
	_, running := b.status(desired.SentinelName)
	write := WriteFile{Path: s.ConfFile, Mode: confMode, Owner: b.owner(b.state.Account.User, b.state.Account.Group)}
	info, err := os.Stat(s.ConfFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		cold = []sentinelconf.Change{{Name: "monitor " + s.Watched, To: wanted.Host + " " + wanted.Port}}
	case err != nil:
		return err
	case info.Mode().Perm() != confMode:
		b.add(SetMode{Path: s.ConfFile, Mode: confMode, Reason: fmt.Sprintf("mode %04o -> %04o", info.Mode().Perm(), confMode)})
	}
	switch {
	case running && len(cold) > 0:
		b.live = append(b.live, ReplaceSentinelConf{Service: desired.SentinelName, File: write, Wanted: wanted, Changes: append(cold, hot...)})
		delete(b.restarts, desired.SentinelName) // it is restarted by that
	case running && len(hot) > 0:
		b.live = append(b.live, SetSentinel{Address: s.Address, Primary: s.Watched, Changes: hot})
	case len(cold)+len(hot) > 0:
		write.Content, write.Reason = RenderSentinel(wanted, current), changesText(append(cold, hot...))
		b.add(write)
	}
	b.tellPrimary(wanted, current)
	return nil
}

// readSentinelConf returns the directives of the file in place; a missing one has none. A damaged one is not overwritten: it
// holds what only Sentinel knows.
func readSentinelConf(path string) ([]redisconf.Directive, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	directives, err := sentinelconf.Parse(path, content)
	if err != nil {
		return nil, fmt.Errorf("%w. Sentinel could not read it either; move it away, and this node joins its tier anew", err)
	}
	return directives, nil
}

// tellPrimary says when the tier has another primary than gitlab.rb names.
func (b *builder) tellPrimary(wanted sentinelconf.Wanted, current []redisconf.Directive) {
	host, port, known := sentinelconf.Primary(current, wanted.Name)
	if known && sentinelconf.Formed(current, wanted.Name) && (host != wanted.Host || port != wanted.Port) {
		b.note("Sentinel watches the primary %s at %s port %s; redis['master_ip'] and ['master_port'] say %s port %s. They only count "+
			"when a tier is set up; Sentinel's knowledge is kept.", wanted.Name, host, port, wanted.Host, wanted.Port)
	}
}

// identity is the content of gitlab-sentinel.json.
type identity struct {
	MyID string `json:"myid"`
}

// sentinelID is what gitlab.rb says, else what Sentinel goes by already, else what was recorded, else a fresh one. It is
// recorded in /etc/gitlab, so that a node whose data was lost comes back as the same Sentinel.
func (b *builder) sentinelID(current []redisconf.Directive) (string, error) {
	path := b.layout.SentinelIdentity()
	recorded := identity{}
	content, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if err == nil {
		if err := json.Unmarshal(content, &recorded); err != nil {
			return "", fmt.Errorf("%s: %w", path, err)
		}
	}
	id := b.state.Sentinel.MyID
	for _, candidate := range []string{sentinelconf.MyID(current), recorded.MyID, freshID()} {
		if id == "" {
			id = candidate
		}
	}
	if recorded.MyID != id {
		content, err := json.MarshalIndent(identity{MyID: id}, "", "  ")
		if err != nil {
			return "", err
		}
		b.add(WriteFile{Path: path, Content: append(content, '\n'), Mode: 0o600, Reason: "the identity of this node's Sentinel"})
	}
	return id, nil
}

func freshID() string {
	id := make([]byte, 20)
	rand.Read(id) // never fails, by its documentation
	return hex.EncodeToString(id)
}

func changesText(changes []sentinelconf.Change) string {
	var lines []string
	for _, change := range changes {
		lines = append(lines, change.String())
	}
	return strings.Join(lines, "; ")
}

// sentinelDirectory is the directory of sentinel.conf. Sentinel replaces its file, so the account owns the directory.
func (b *builder) sentinelDirectory(s *desired.Sentinel) MakeDirectory {
	return MakeDirectory{Path: s.Directory, Mode: 0o750, Owner: b.owner(b.state.Account.User, b.state.Account.Group)}
}
