package procurement

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
)

// packValues gives what encoding/json gives of the values, several times faster:
// a recalculation packs those of every purchase to see whether they changed.
func packValues(values []Value) ([]byte, error) {
	b := make([]byte, 0, 128*len(values)+2)
	b = append(b, '[')
	for i := range values {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = values[i].pack(b); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

func (v *Value) pack(b []byte) ([]byte, error) {
	b = packText(append(b, `{"indicator":`...), v.Indicator)
	b = packField(b, "profile", v.Profile)
	b = packField(b, "version", v.Version)
	b = packText(append(b, `,"level":`...), v.Level)
	b = packField(b, "lot", v.Lot)
	b = packField(b, "contract", v.Contract)
	b = append(b, `,"value":`...)
	if v.Value == nil {
		b = append(b, "null"...)
	} else {
		b = strconv.AppendInt(b, int64(*v.Value), 10)
	}
	if v.Clear {
		b = append(b, `,"clear":true`...)
	}
	if v.Kept {
		b = append(b, `,"kept":true`...)
	}
	b = packField(b, "reason", v.Reason)
	for i := range v.Facts {
		f := &v.Facts[i]
		if i == 0 {
			b = append(b, `,"facts":[`...)
		} else {
			b = append(b, ',')
		}
		b = packText(append(b, `{"key":`...), f.Key)
		if f.N != 0 {
			b = strconv.AppendInt(append(b, `,"n":`...), int64(f.N), 10)
		}
		if len(f.Args) > 0 {
			b = append(b, `,"args":{`...)
			for j, k := range slices.Sorted(maps.Keys(f.Args)) {
				if j > 0 {
					b = append(b, ',')
				}
				b = packText(append(packText(b, k), ':'), f.Args[k])
			}
			b = append(b, '}')
		}
		if len(f.Codes) > 0 {
			b = append(b, `,"codes":[`...)
			for j, c := range f.Codes {
				if j > 0 {
					b = append(b, ',')
				}
				b = packText(b, c)
			}
			b = append(b, ']')
		}
		if f.Hit {
			b = append(b, `,"hit":true`...)
		}
		b = append(b, '}')
	}
	if len(v.Facts) > 0 {
		b = append(b, ']')
	}
	if v.Last != nil {
		last, err := json.Marshal(v.Last)
		if err != nil {
			return nil, err
		}
		b = append(append(b, `,"last":`...), last...)
	}
	return append(b, '}'), nil
}

func packField(b []byte, name, s string) []byte {
	if s == "" {
		return b
	}
	return packText(append(append(append(b, ',', '"'), name...), '"', ':'), s)
}

func packText(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c > 0x7e || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			quoted, _ := json.Marshal(s) // a string always has a form
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}
