// Package doctor looks for what GitLab's operators have suffered from with their Redis tiers, on this node and in the tier
// that it belongs to, before it hurts.
//
// A Check is one file: what it detects, why that matters, what cures it, and the function that looks. Checks lists them;
// docs/guides/doctor.md is made from that table. Checks only look: nothing on the node or in the tier is changed.
//
// What they look at is a Node: the evaluated gitlab.rb, the state that it asks for, the plan that reconfigure would carry out,
// what the supervisor says, and (asked for when a check first needs it) the running Redis and Sentinel. A check declares what
// it needs, so that "there is no Sentinel here" (skipped) and "Sentinel does not answer" (unknown) are said in one place.
//
// No finding holds a password. Errors of the packages used hold none either; the output of redis['extra_config_command'] is
// left out.
package doctor
