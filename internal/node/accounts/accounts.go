// Package accounts looks up and creates the operating system accounts of the node, with the system's own tools (groupadd,
// useradd), so that whatever the machine does on account creation happens here too.
package accounts

import (
	"errors"
	"fmt"
	"os/exec"
	"os/user"
	"strconv"
	"strings"

	"redoubt/internal/node/atomicfile"
)

// User is an account to create. A UID of 0 lets the system choose.
type User struct {
	Name, Group, Home, Shell string
	UID                      int
}

// GroupExists says whether the group is known to the system.
func GroupExists(name string) (bool, error) {
	_, err := user.LookupGroup(name)
	var unknown user.UnknownGroupError
	if errors.As(err, &unknown) {
		return false, nil
	}
	return err == nil, err
}

// UserExists says whether the account is known to the system.
func UserExists(name string) (bool, error) {
	_, err := user.Lookup(name)
	var unknown user.UnknownUserError
	if errors.As(err, &unknown) {
		return false, nil
	}
	return err == nil, err
}

// Owner resolves an account and a group name to numbers.
func Owner(userName, groupName string) (atomicfile.Owner, error) {
	account, err := user.Lookup(userName)
	if err != nil {
		return atomicfile.Owner{}, err
	}
	group, err := user.LookupGroup(groupName)
	if err != nil {
		return atomicfile.Owner{}, err
	}
	uid, uidErr := strconv.Atoi(account.Uid)
	gid, gidErr := strconv.Atoi(group.Gid)
	return atomicfile.Owner{UID: uid, GID: gid}, errors.Join(uidErr, gidErr)
}

// CreateGroup adds a system group; a gid of 0 lets the system choose.
func CreateGroup(name string, gid int) error {
	args := []string{"--system"}
	if gid != 0 {
		args = append(args, "--gid", strconv.Itoa(gid))
	}
	return run("groupadd", append(args, name)...)
}

// CreateUser adds a system account with no password and no home directory of its own making.
func CreateUser(account User) error {
	args := []string{"--system", "--no-create-home", "--gid", account.Group, "--home-dir", account.Home, "--shell", account.Shell}
	if account.UID != 0 {
		args = append(args, "--uid", strconv.Itoa(account.UID))
	}
	return run("useradd", append(args, account.Name)...)
}

// Remove deletes an account and a group that no account is left in. What does not exist is fine.
func Remove(userName, groupName string) error {
	exists, err := UserExists(userName)
	if err == nil && exists {
		err = run("userdel", userName)
	}
	if err != nil {
		return err
	}
	if exists, err = GroupExists(groupName); err != nil || !exists { // userdel takes a group of the same name along
		return err
	}
	return run("groupdel", groupName)
}

func run(tool string, args ...string) error {
	output, err := exec.Command(tool, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w: %s (manage accounts yourself and set manage_accounts['enable'] = false if this cannot work here)",
			tool, strings.Join(args, " "), err, strings.TrimSpace(string(output)))
	}
	return nil
}
