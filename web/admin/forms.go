package admin

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"ereception/internal/city"
	"ereception/internal/law/calendar"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
)

// Forms parse; the domain judges. What cannot be read at all (a number that is
// none) is a mistake of its field here.

func number(s string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

func ref(s string) *int64 {
	if n := number(s); n > 0 {
		return &n
	}
	return nil
}

func refText(id *int64) string {
	if id == nil {
		return ""
	}
	return strconv.FormatInt(*id, 10)
}

func idText(id int64) string {
	if id == 0 {
		return ""
	}
	return strconv.FormatInt(id, 10)
}

func boolText(b bool) string {
	if b {
		return "1"
	}
	return ""
}

func coordinate(e *errs.Error, v url.Values, name string) *float64 {
	s := strings.ReplaceAll(strings.TrimSpace(v.Get(name)), ",", ".")
	if s == "" {
		return nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		e.With(name, "city.err.number")
		return nil
	}
	return &f
}

func coordinateText(f *float64) string {
	if f == nil {
		return ""
	}
	return strconv.FormatFloat(*f, 'f', -1, 64)
}

// day reads a date as the field of a browser sends it, or as people write it.
func day(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	for _, form := range []string{time.DateOnly, "02.01.2006", "2.1.2006"} {
		if t, err := time.Parse(form, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func unitOf(v url.Values) (city.Unit, *errs.Error) {
	return city.Unit{
		ParentID: ref(v.Get("parent_id")), Code: v.Get("code"), NameUK: v.Get("name_uk"), NameEN: v.Get("name_en"),
		Phone: v.Get("phone"), Email: strings.TrimSpace(v.Get("email")), Address: v.Get("address"),
	}, errs.Fields()
}

func postOf(v url.Values) (city.Post, *errs.Error) {
	return city.Post{
		UnitID: number(v.Get("unit_id")), TitleUK: v.Get("title_uk"), TitleEN: v.Get("title_en"), Head: v.Get("head") == "1",
	}, errs.Fields()
}

func topicOf(v url.Values) (city.Topic, *errs.Error) {
	e := errs.Fields()
	t := city.Topic{
		ParentID: ref(v.Get("parent_id")), Code: v.Get("code"), NameUK: v.Get("name_uk"), NameEN: v.Get("name_en"),
		Classifier: v.Get("classifier"), UnitID: ref(v.Get("unit_id")), Personal: v.Get("personal") == "1",
	}
	if s := strings.TrimSpace(v.Get("position")); s != "" {
		n, err := strconv.ParseInt(s, 10, 32) // as the column is
		if err != nil {
			e.With("position", "city.err.number")
		}
		t.Position = int(n)
	}
	return t, e
}

func streetOf(v url.Values) (city.Street, *errs.Error) {
	e := errs.Fields()
	s := city.Street{Kind: v.Get("kind"), Name: v.Get("name"), Lat: coordinate(e, v, "lat"), Lon: coordinate(e, v, "lon")}
	for o := range strings.SplitSeq(v.Get("old_names"), "\n") {
		s.OldNames = append(s.OldNames, o)
	}
	return s, e
}

func districtOf(v url.Values) (city.District, *errs.Error) {
	return city.District{
		Kind: city.DistrictKind(v.Get("kind")), Code: v.Get("code"), NameUK: v.Get("name_uk"), NameEN: v.Get("name_en"),
	}, errs.Fields()
}

func templateOf(v url.Values) (city.ReplyTemplate, *errs.Error) {
	return city.ReplyTemplate{UnitID: ref(v.Get("unit_id")), Title: v.Get("title"), Body: v.Get("body")}, errs.Fields()
}

func appointmentOf(person int64, v url.Values) city.Appointment {
	a := city.Appointment{PersonID: person, PostID: number(v.Get("post_id"))}
	a.ValidFrom, _ = day(v.Get("valid_from"))
	if to, ok := day(v.Get("valid_to")); ok {
		a.ValidTo = &to
	}
	return a
}

func delegationOf(person int64, v url.Values) city.Delegation {
	d := city.Delegation{FromPerson: person, ToPerson: number(v.Get("to_person")), Basis: v.Get("basis")}
	d.ValidFrom, _ = day(v.Get("valid_from"))
	d.ValidTo, _ = day(v.Get("valid_to"))
	return d
}

func localDayOf(v url.Values) city.LocalDay {
	d := city.LocalDay{Working: v.Get("day_kind") == "working", Reason: v.Get("reason"), ReasonEN: v.Get("reason_en"), Norm: v.Get("norm")}
	d.Date = dateOf(v.Get("date"))
	return d
}

func dateOf(s string) calendar.Date {
	t, ok := day(s)
	if !ok {
		return calendar.Date{}
	}
	return calendar.FromTime(t)
}

// trailFilter is what a person chose on the page of the trail.
type trailFilter struct {
	Table, Column, Actor, Action, Op, From, Until, Before, Number string
}

func trailFilterOf(v url.Values) trailFilter {
	return trailFilter{v.Get("table"), v.Get("column"), v.Get("actor"), v.Get("action"), v.Get("op"), v.Get("from"), v.Get("until"), v.Get("before"), v.Get("number")}
}

func (f trailFilter) values() url.Values {
	v := url.Values{}
	for name, s := range map[string]string{"table": f.Table, "column": f.Column, "actor": f.Actor, "action": f.Action, "op": f.Op, "from": f.From, "until": f.Until, "number": f.Number} {
		if s != "" {
			v.Set(name, s)
		}
	}
	return v
}

// moments gives the beginning of the first day and the end of the last, Kyiv time.
func (f trailFilter) moments() (from, until time.Time) {
	at := func(t time.Time) time.Time {
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, i18n.Kyiv)
	}
	if t, ok := day(f.From); ok {
		from = at(t)
	}
	if t, ok := day(f.Until); ok {
		until = at(t.AddDate(0, 0, 1))
	}
	return from, until
}
