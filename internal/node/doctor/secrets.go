package doctor

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"redoubt/internal/node/redisconf"
	"redoubt/internal/node/sentinelconf"
)

// secrets finds passwords that the files do not hold as meant, and passwords that others can read.
func secrets() Check {
	return Check{
		Name: "secrets",
		Detects: "a configuration file that cannot be read back (a password with a blank or quote that was written by hand), a file with passwords that " +
			"everybody can read, a password in the arguments of a process",
		Why:   "a password with special characters that is not quoted keeps Redis or Sentinel from starting; one that others can read is none",
		Cure:  "gitlab-ctl reconfigure writes the files anew, quoted whatever the password holds, and readable by their account only",
		needs: state,
		run:   lookAtSecrets,
	}
}

func lookAtSecrets(n *Node, f *findings) {
	files := []string{n.Layout.ConfigFile()}
	if n.State.Redis != nil {
		files = append(files, n.State.Redis.ConfFile)
		readable(n.State.Redis.ConfFile, f, redisconf.Parse)
	}
	if s := n.State.Sentinel; s != nil {
		files = append(files, s.ConfFile, s.PasswordFile)
		readable(s.ConfFile, f, sentinelconf.Parse)
		readable(s.PasswordFile, f, redisconf.Parse)
	}
	passwords := n.passwords()
	for _, file := range files {
		f.lookAtMode(file, passwords)
	}
	n.lookAtArguments(passwords, f)
	f.otherwise("the files can be read by whom they should be, and no process has a password in its arguments")
}

// readable says whether a server could read its file.
func readable(path string, f *findings, parse func(string, []byte) ([]redisconf.Directive, error)) {
	content, err := os.ReadFile(path)
	if err == nil {
		_, err = parse(path, content)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		f.fail("", "%v", err)
	}
}

// lookAtMode looks whether others can read a file that holds a password.
func (f *findings) lookAtMode(path string, passwords []string) {
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm()&0o004 == 0 {
		return
	}
	content, err := os.ReadFile(path)
	if err != nil {
		f.unknown("%v", err)
		return
	}
	for _, password := range passwords {
		quoted := redisconf.New(password).String() // as our files have it
		if bytes.Contains(content, []byte(password)) || bytes.Contains(content, []byte(quoted)) {
			f.fail("chmod 600 "+path, "everybody on this machine can read the password in %s (mode %04o)", path, info.Mode().Perm())
			return
		}
	}
}

// shortest is how long a password must be for its appearance somewhere to be no accident.
const shortest = 6

// passwords are those that gitlab.rb gives this node.
func (n *Node) passwords() []string {
	var all []string
	add := func(password string) {
		if len(password) >= shortest {
			all = append(all, password)
		}
	}
	if redis := n.State.Redis; redis != nil {
		add(n.wanted()["requirepass"])
		add(n.wanted()["masterauth"])
	}
	if s := n.State.Sentinel; s != nil {
		add(s.Address.Password)
		add(n.primaryPassword())
	}
	return all
}

// lookAtArguments looks at what ps shows to everybody.
func (n *Node) lookAtArguments(passwords []string, f *findings) {
	all, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		f.unknown("%v", err)
		return
	}
	for _, path := range all {
		content, err := os.ReadFile(path)
		if err != nil {
			continue // the process has ended
		}
		for _, password := range passwords {
			if bytes.Contains(content, []byte(password)) {
				name, _, _ := strings.Cut(string(content), "\x00")
				pid := filepath.Base(filepath.Dir(path))
				f.fail("change the password, and give it to the program by a file or its environment (REDISCLI_AUTH)",
					"process %s (%s) has a password of this node in its arguments, where ps shows it to everybody", pid, filepath.Base(name))
				break
			}
		}
	}
}
