// Package redischeck finds out whether a Redis that somebody else runs (or this node's own) is fit for GitLab: reachable,
// trusted, logged in to, of the right version and policy, with every command GitLab needs, fast, and with the right time.
//
// A Target says what to check. It comes from a URL, or from the gitlab_rails['redis_…'] settings of an application node's
// gitlab.rb, one for the default connection and one for each instance class. Run makes the checks in an order in which the
// first failure explains the later ones: a Redis that is not reachable has no policy.
//
// The checks write one key with a random name and a life of seconds, and nothing else. INFO is preferred over CONFIG,
// because managed services refuse CONFIG.
package redischeck
