package cabinet

import "strconv"

// pct gives the width of a bar; a share of nothing draws nothing.
func pct(n int) string { return strconv.Itoa(min(max(n, 0), 100)) + "%" }
