package deadline

import (
	"encoding/json"
	"fmt"
	"io"
)

// Print writes a result for the command line: one line of JSON with exactly the
// keys registered, due, internal_due, rule and explanation, or readable Ukrainian
// text. Dates are YYYY-MM-DD; the two due ones are RFC 3339 in Kyiv time for
// info-urgent. The error is the writer's.
func Print(w io.Writer, r Result, asJSON bool) error {
	if !asJSON {
		_, err := fmt.Fprintf(w, "Зареєстровано:    %s\nСтрок за законом: %s\nВнутрішній строк: %s\nПравило:          %s\nПояснення:        %s\n",
			r.Registered, r.DueString(), r.InternalDueString(), r.Rule, r.Explanation)
		return err
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false) // a person reads it: → and quotes stay as they are
	return enc.Encode(struct {
		Registered  string `json:"registered"`
		Due         string `json:"due"`
		InternalDue string `json:"internal_due"`
		Rule        string `json:"rule"`
		Explanation string `json:"explanation"`
	}{r.Registered.String(), r.DueString(), r.InternalDueString(), r.Rule, r.Explanation})
}
