package ctl

import (
	"errors"
	"fmt"

	"redoubt/internal/node/accounts"
	"redoubt/internal/node/desired"
	"redoubt/internal/node/secrets"
	"redoubt/internal/node/supervise"
)

// generateSecrets completes the secrets file. reconfigure does not: a Redis node uses none of them, and a second set made here
// would be in the way of the one that the application nodes have.
func generateSecrets(i *invocation) int {
	if code := i.requireRoot(); code != exitOK {
		return code
	}
	path := i.layout.Secrets()
	for _, option := range []string{"--file", "-f"} {
		if given, ok := i.values[option]; ok {
			path = i.layout.At(given)
		}
	}
	config, err := evaluate(i.layout)
	if err != nil {
		return i.fail(err)
	}
	added, err := secrets.Complete(path, func(section, key string) (any, bool) {
		value, ok := config.Get(section, key)
		if !ok || value.IsNil() {
			return nil, false
		}
		if text, err := value.AsString(); err == nil {
			return text, text != ""
		}
		list, err := value.AsStrings()
		return list, err == nil && len(list) > 0
	})
	if err != nil {
		return i.fail(fmt.Errorf("generate secrets: %w", err))
	}
	if len(added) == 0 {
		i.printf("%s lacks no secret.\n", path)
		return exitOK
	}
	for _, name := range added {
		i.printf("added %s\n", name)
	}
	i.printf("Copy %s to the other nodes of this GitLab before they are configured, and keep a copy in a safe place.\n", path)
	return exitOK
}

// removeAccounts removes what reconfigure made. The group that GitLab's own account is in may be somebody else's and stays.
func removeAccounts(i *invocation) int {
	if code := i.requireRoot(); code != exitOK {
		return code
	}
	if i.layout.Relocated() {
		return i.fail(errors.New("below " + i.layout.Root() + " no accounts were made, so there are none to remove"))
	}
	config, err := evaluate(i.layout)
	if err != nil {
		return i.fail(err)
	}
	account, managed, err := desired.ReadAccount(config)
	if err != nil {
		return i.fail(err)
	}
	if !managed {
		return i.fail(errors.New("manage_accounts['enable'] is false: the accounts of this node are managed by somebody else"))
	}
	if statuses, err := i.client().Status(); err == nil && hasProcess(statuses) {
		return i.fail(errors.New("services of this node run under the account: gitlab-ctl uninstall stops them"))
	}
	if err := accounts.Remove(account.User, account.Group); err != nil {
		return i.fail(err)
	}
	i.printf("The account %s and the group %s are removed. Their files stay, and so does the group %s.\n", account.User, account.Group, account.SocketGroup)
	return exitOK
}

func hasProcess(statuses []supervise.Status) bool {
	for _, status := range statuses {
		if status.PID != 0 {
			return true
		}
	}
	return false
}
