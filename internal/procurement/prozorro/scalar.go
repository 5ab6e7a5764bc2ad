package prozorro

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"ereception/internal/law/calendar"
)

// Number is a number that may be absent. A string that holds a number counts.
type Number struct {
	Float float64
	Valid bool
}

// N makes a Number that is present.
func N(f float64) Number { return Number{Float: f, Valid: true} }

// UnmarshalJSON reads a number leniently and never fails.
func (n *Number) UnmarshalJSON(b []byte) error {
	p := parser{s: string(b)}
	p.number(n)
	return nil
}

// MarshalJSON writes the number or null.
func (n Number) MarshalJSON() ([]byte, error) {
	if !n.Valid {
		return []byte("null"), nil
	}
	return json.Marshal(n.Float)
}

// String gives the shortest text of the number, "" when absent.
func (n Number) String() string {
	if !n.Valid {
		return ""
	}
	return strconv.FormatFloat(n.Float, 'f', -1, 64)
}

// Time is a moment in the zone of Kyiv; zero when absent or malformed.
type Time struct{ time.Time }

// UnmarshalJSON reads a moment leniently and never fails.
func (t *Time) UnmarshalJSON(b []byte) error {
	p := parser{s: string(b)}
	p.time(t)
	return nil
}

// MarshalJSON writes RFC 3339 or null.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(t.Time)
}

var kyiv = calendar.Kyiv()

// ParseTime reads an ISO 8601 moment: date, T or a space, time with or without
// seconds and fractions, offset. Without an offset it is the time of Kyiv, and
// without a time the beginning of the day there. Anything else gives zero.
func ParseTime(s string) Time {
	s = strings.TrimSpace(s)
	year, ok0 := num(s, 0, 4)
	month, ok1 := num(s, 5, 2)
	day, ok2 := num(s, 8, 2)
	if !ok0 || !ok1 || !ok2 || s[4] != '-' || s[7] != '-' || year == 0 || month < 1 || month > 12 || day < 1 || day > days(year, month) {
		return Time{}
	}
	if len(s) == 10 {
		return Time{time.Date(year, time.Month(month), day, 0, 0, 0, 0, kyiv)}
	}
	hour, ok3 := num(s, 11, 2)
	minute, ok4 := num(s, 14, 2)
	if !ok3 || !ok4 || s[10] != 'T' && s[10] != 't' && s[10] != ' ' || s[13] != ':' || hour > 23 || minute > 59 {
		return Time{}
	}
	rest := s[16:]
	var second, nano int
	if strings.HasPrefix(rest, ":") {
		var ok bool
		if second, ok = num(rest, 1, 2); !ok || second > 59 {
			return Time{}
		}
		rest = rest[3:]
		if len(rest) > 1 && (rest[0] == '.' || rest[0] == ',') {
			n, scale := 1, 100_000_000
			for ; n < len(rest) && rest[n] >= '0' && rest[n] <= '9'; n++ {
				nano += int(rest[n]-'0') * scale
				scale /= 10
			}
			if n == 1 {
				return Time{}
			}
			rest = rest[n:]
		}
	}
	if rest == "" {
		return Time{time.Date(year, time.Month(month), day, hour, minute, second, nano, kyiv)}
	}
	offset, ok := zone(rest)
	if !ok {
		return Time{}
	}
	unix := int64(civil(year, month, day))*86400 + int64(hour*3600+minute*60+second-offset)
	return Time{time.Unix(unix, int64(nano)).In(kyiv)}
}

// zone reads Z, ±hh:mm, ±hhmm or ±hh as seconds east of Greenwich.
func zone(s string) (int, bool) {
	if s == "Z" || s == "z" {
		return 0, true
	}
	sign := 1
	switch s[0] {
	case '+':
	case '-':
		sign = -1
	default:
		return 0, false
	}
	hour, ok := num(s, 1, 2)
	if !ok || hour > 23 {
		return 0, false
	}
	minute := 0
	switch {
	case len(s) == 3:
	case len(s) == 5:
		minute, ok = num(s, 3, 2)
	case len(s) == 6 && s[3] == ':':
		minute, ok = num(s, 4, 2)
	default:
		ok = false
	}
	if !ok || minute > 59 {
		return 0, false
	}
	return sign * (hour*3600 + minute*60), true
}

// num reads n digits at from.
func num(s string, from, n int) (v int, ok bool) {
	if len(s) < from+n {
		return 0, false
	}
	for _, c := range []byte(s[from : from+n]) {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + int(c-'0')
	}
	return v, true
}

func days(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// civil counts days from 1 January 1970 (the proleptic Gregorian calendar).
func civil(year, month, day int) int {
	if month <= 2 {
		year--
		month += 12
	}
	return 365*year + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + day - 719469
}
