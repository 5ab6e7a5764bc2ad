package httpx

import (
	"strconv"
	"strings"
)

// Version reads the version of the record that a form was made of; 0 where the
// form names none. What is no version, or one that no record can have (the columns
// are 32 bits), is -1: it is that of nothing, so the form is stale and never a
// failure of the portal.
func Version(s string) int {
	if s = strings.TrimSpace(s); s == "" {
		return 0
	}
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil || n < 0 {
		return -1
	}
	return int(n)
}
