package vocabulary

import "slices"

// Nearest is the candidate with the smallest edit distance to name (swapping
// neighbours counts as one edit), if it is near enough to be a misspelling;
// otherwise "". Of several equally near the alphabetically first wins.
func Nearest(name string, candidates []string) string {
	const longest = 64 // no setting is longer; bounds the work
	if len(name) > longest {
		return ""
	}
	farthest := max(2, len(name)/3)
	if len(name) <= 3 {
		farthest = 1
	}
	best, bestDistance := "", farthest+1
	for _, c := range slices.Sorted(slices.Values(candidates)) {
		if d := distance(name, c, bestDistance); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	return best
}

// distance is the edit distance of a and b, or at least limit when it is that
// large.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	before := make([]int, len(b)+1)
	above := make([]int, len(b)+1)
	row := make([]int, len(b)+1)
	for j := range above {
		above[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(above[j]+1, row[j-1]+1, above[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, above, row = above, row, before
	}
	return above[len(b)]
}
