package procurement

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"ereception/internal/procurement/indicator"
)

// Value is one value of one indicator as procurement_results keeps it. Value is
// 1 (a sign), 0 or nil (not calculated); Clear says of a 0 that the conditions of
// the indicator were met and nothing was found, and not that it does not concern
// this purchase. Reason says why there is no value, or what decided.
type Value struct {
	Indicator string           `json:"indicator"`
	Profile   string           `json:"profile,omitempty"`
	Version   string           `json:"version,omitempty"`
	Level     string           `json:"level"`
	Lot       string           `json:"lot,omitempty"`
	Contract  string           `json:"contract,omitempty"`
	Value     *int             `json:"value"`
	Clear     bool             `json:"clear,omitempty"`
	Kept      bool             `json:"kept,omitempty"` // the rule keeps the value that was before; nil when there was none
	Reason    string           `json:"reason,omitempty"`
	Facts     []indicator.Fact `json:"facts,omitempty"`
	Last      *LastValue       `json:"last,omitempty"`
}

// LastValue is the value that an indicator had on the last day on which it could
// be calculated, before its rule of one year switched it off.
type LastValue struct {
	Value int       `json:"value"`
	AsOf  time.Time `json:"as_of"`
}

// ID names the value in the register: the indicator, with the profile «за
// договором» marked.
func (v Value) ID() string {
	if v.Profile == "contract" {
		return v.Indicator + "@contract"
	}
	return v.Indicator
}

// previous is the present result of a tender, before it is judged anew.
type previous struct {
	result int64 // 0: none
	digest []byte
}

func readPrevious(ctx context.Context, p querier, by map[string]*derived, tenderIDs []string) error {
	rows, err := p.Query(ctx, `SELECT t.id, r.id, r.digest FROM procurement_tenders t JOIN procurement_results r ON r.id = t.result_id
		WHERE t.id = ANY($1)`, tenderIDs)
	if err != nil {
		return err
	}
	var id string
	var v previous
	_, err = pgx.ForEachRow(rows, []any{&id, &v.result, &v.digest}, func() error {
		by[id].previous = previous{v.result, slices.Clone(v.digest)}
		return nil
	})
	return err
}

// judge calculates the values of a family and says whether they are other than
// the present ones. Without its tender there are none. The digest is of the
// values as the rules gave them, before kept ones are filled in: as long as it is
// the same, what is kept is the same too.
func (s *Service) judge(ctx context.Context, q querier, d *derived, now time.Time) error {
	if d.tender == nil {
		return nil
	}
	values, err := s.evaluate(ctx, q, d, now)
	if err != nil {
		return err
	}
	if d.packed, err = packValues(values); err != nil {
		return err
	}
	sum := sha256.Sum256(d.packed)
	d.values, d.judged, d.digest = values, true, sum[:]
	d.unchanged = bytes.Equal(d.digest, d.previous.digest)
	return nil
}

// fillKept fills in the values that their rules keep from the present result, and
// reads the values of a family that did not change, for the register.
func fillKept(ctx context.Context, q querier, list []*derived) error {
	by := map[int64]*derived{}
	var ids []int64
	for _, d := range list {
		if d.judged && d.previous.result != 0 && slices.ContainsFunc(d.values, func(v Value) bool { return v.Kept }) {
			by[d.previous.result] = d
			ids = append(ids, d.previous.result)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	rows, err := q.Query(ctx, "SELECT id, values::text FROM procurement_results WHERE id = ANY($1)", ids)
	if err != nil {
		return err
	}
	var id int64
	var text string
	_, err = pgx.ForEachRow(rows, []any{&id, &text}, func() error {
		d := by[id]
		if err := keepPrevious(d.values, []byte(text)); err != nil {
			return err
		}
		d.packed, err = packValues(d.values)
		return err
	})
	return err
}

// keepPrevious gives the values that their rules keep what they were before.
func keepPrevious(values []Value, before []byte) error {
	var old []Value
	if err := json.Unmarshal(before, &old); err != nil {
		return err
	}
	for i := range values {
		v := &values[i]
		if !v.Kept {
			continue
		}
		for _, o := range old {
			if o.Indicator == v.Indicator && o.Profile == v.Profile && o.Lot == v.Lot && o.Contract == v.Contract {
				v.Value, v.Clear, v.Facts = o.Value, o.Clear, o.Facts
			}
		}
	}
	return nil
}

// signs gives the indicators of a tender with a sign, and those that were
// calculated and found nothing.
func signs(values []Value) (signs, clear []string) {
	for _, v := range values {
		switch {
		case v.Value == nil:
		case *v.Value == 1:
			signs = append(signs, v.ID())
		case v.Clear:
			clear = append(clear, v.ID())
		}
	}
	slices.Sort(signs)
	signs = slices.Compact(signs)
	slices.Sort(clear)
	clear = slices.DeleteFunc(slices.Compact(clear), func(id string) bool { return slices.Contains(signs, id) })
	return signs, clear
}

// contractSigns is signs for a contract: its own values, those of the lot that it
// was made for unless it was cancelled, and those of the tender as a whole.
func contractSigns(values []Value, id string, at place) (found, clear []string) {
	return signs(slices.DeleteFunc(slices.Clone(values), func(v Value) bool {
		return !at.concerns(id, v.Level, v.Lot, v.Contract)
	}))
}

// concerns reports whether a value concerns the contract with the id that stands there.
func (p place) concerns(id, level, lot, contract string) bool {
	switch level {
	case string(indicator.LevelContract):
		return contract == id
	case string(indicator.LevelLot):
		return lot == p.lot && !p.cancelled
	}
	return true
}
