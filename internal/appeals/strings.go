package appeals

import (
	"database/sql/driver"
	"fmt"
	"strconv"
	"strings"
)

// Strings is a text[] of PostgreSQL whose members are simple words.
type Strings []string

// Value writes the array.
func (s Strings) Value() (driver.Value, error) {
	quoted := make([]string, len(s))
	for i, v := range s {
		quoted[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v) + `"`
	}
	return "{" + strings.Join(quoted, ",") + "}", nil
}

// Scan reads the array; its members hold neither commas nor quotes.
func (s *Strings) Scan(v any) error {
	var text string
	switch v := v.(type) {
	case nil:
		*s = nil
		return nil
	case string:
		text = v
	case []byte:
		text = string(v)
	default:
		return fmt.Errorf("scan %T into Strings", v)
	}
	text = strings.Trim(text, "{}")
	*s = nil
	if text != "" {
		for _, w := range strings.Split(text, ",") {
			*s = append(*s, strings.Trim(w, `"`))
		}
	}
	return nil
}

// IDs is a bigint[] of PostgreSQL.
type IDs []int64

// Value writes the array.
func (s IDs) Value() (driver.Value, error) {
	parts := make([]string, len(s))
	for i, v := range s {
		parts[i] = strconv.FormatInt(v, 10)
	}
	return "{" + strings.Join(parts, ",") + "}", nil
}

// Scan reads the array.
func (s *IDs) Scan(v any) error {
	var list Strings
	if err := list.Scan(v); err != nil {
		return err
	}
	*s = nil
	for _, w := range list {
		n, err := strconv.ParseInt(w, 10, 64)
		if err != nil {
			return err
		}
		*s = append(*s, n)
	}
	return nil
}
