package city

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"ereception/internal/authz"
	"ereception/internal/law/calendar"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
)

// CalendarVersion is one version of the working calendar. A version is never
// changed: every change makes a new one, and a counted term keeps the version
// that it was counted with.
type CalendarVersion struct {
	ID        int64
	Version   string
	Data      calendar.Data `gorm:"serializer:json"`
	CreatedAt time.Time
}

// TableName names the table of versions.
func (CalendarVersion) TableName() string { return "calendars" }

// Calendar gives the newest version; the built-in one where the database holds
// none.
func (c *City) Calendar(ctx context.Context) (calendar.Calendar, error) {
	s, err := c.snapshot(ctx)
	if err != nil {
		return calendar.Calendar{}, err
	}
	return s.calendar, nil
}

func (c *City) newestCalendar(ctx context.Context) (calendar.Calendar, error) {
	var raw []byte
	err := c.db.ReadPool().QueryRow(ctx, "SELECT data FROM calendars ORDER BY id DESC LIMIT 1").Scan(&raw)
	if db.IsNotFound(err) {
		return calendar.Default(), nil
	}
	if err != nil {
		return calendar.Calendar{}, err
	}
	var data calendar.Data
	if err := json.Unmarshal(raw, &data); err != nil {
		return calendar.Calendar{}, fmt.Errorf("read the newest calendar: %w", err)
	}
	return calendar.New(data)
}

// CalendarVersions lists the versions, the newest first.
func (c *City) CalendarVersions(ctx context.Context) ([]CalendarVersion, error) {
	var out []CalendarVersion
	err := c.db.Read(ctx).Order("id DESC").Limit(100).Find(&out).Error
	return out, err
}

// LocalDay is a day on which an order of the council departs from the rule.
type LocalDay struct {
	Date     calendar.Date
	Working  bool // an extra working day, not a day off
	Reason   string
	ReasonEN string
	Norm     string // the order: kind, date, number
}

// SetLocalDay adds a local day to the version base, or takes its place where the
// date has one already, and so makes a new version. When base is not the newest
// any more: errs.Conflict. Errors by field: errs.Invalid.
func (c *City) SetLocalDay(ctx context.Context, a authz.Actor, base string, d LocalDay) (CalendarVersion, error) {
	d.Reason, d.ReasonEN, d.Norm = line(d.Reason), line(d.ReasonEN), line(d.Norm)
	e := errs.Fields()
	if d.Date.IsZero() || d.Date.Year < 2000 || d.Date.Year > 2099 {
		e.With("date", "city.err.date")
	}
	must(e, "reason", d.Reason, maxName)
	must(e, "norm", d.Norm, maxName)
	atMost(e, "reason_en", d.ReasonEN, maxName)
	if err := e.OrNil(); err != nil {
		return CalendarVersion{}, err
	}
	return c.newCalendar(ctx, a, base, func(data *calendar.Data) error {
		dropLocalDay(data, d.Date)
		day := calendar.LocalDay{Date: d.Date, Reason: d.Reason, ReasonEN: d.ReasonEN, Norm: d.Norm}
		if d.Working {
			data.ExtraWorking = append(data.ExtraWorking, day)
		} else {
			data.DaysOff = append(data.DaysOff, day)
		}
		return nil
	})
}

// DropLocalDay makes a version in which a date is judged by the rule again.
func (c *City) DropLocalDay(ctx context.Context, a authz.Actor, base string, date calendar.Date) (CalendarVersion, error) {
	return c.newCalendar(ctx, a, base, func(data *calendar.Data) error {
		if !dropLocalDay(data, date) {
			return errs.NotFound()
		}
		return nil
	})
}

func dropLocalDay(data *calendar.Data, date calendar.Date) bool {
	n := len(data.DaysOff) + len(data.ExtraWorking)
	same := func(l calendar.LocalDay) bool { return l.Date == date }
	data.DaysOff = slices.DeleteFunc(data.DaysOff, same)
	data.ExtraWorking = slices.DeleteFunc(data.ExtraWorking, same)
	return len(data.DaysOff)+len(data.ExtraWorking) < n
}

// EndRegime makes a version in which the latest regime (martial law) ends with the
// day; the rules of peace time are in force after it. A day that was mistaken is
// mended by another, and by none (the zero Date) the regime lasts until it is lifted
// again. Errors by field: errs.Invalid.
func (c *City) EndRegime(ctx context.Context, a authz.Actor, base string, last calendar.Date) (CalendarVersion, error) {
	return c.newCalendar(ctx, a, base, func(data *calendar.Data) error {
		if len(data.Regimes) == 0 {
			return errs.Fields().With("last", "city.err.no_regime")
		}
		r := &data.Regimes[len(data.Regimes)-1] // they stand in the order of time
		switch {
		case last == r.To: // open and to be left open: a day was forgotten
			return errs.Fields().With("last", "city.err.date")
		case !last.IsZero() && (last.Before(r.From) || last.Year > 2099):
			return errs.Fields().With("last", "city.err.dates")
		}
		r.To = last
		return nil
	})
}

func (c *City) newCalendar(ctx context.Context, a authz.Actor, base string, change func(*calendar.Data) error) (CalendarVersion, error) {
	var v CalendarVersion
	err := c.db.Write(ctx, a, authz.CityManage, func(tx *db.Tx) error {
		if err := tx.Authorize(authz.Anyone); err != nil {
			return err
		}
		if err := treeLock(tx, "calendars"); err != nil {
			return err
		}
		var old CalendarVersion
		err := tx.Order("id DESC").Take(&old).Error
		if db.IsNotFound(err) {
			old = CalendarVersion{Version: calendar.BuiltinVersion, Data: calendar.Builtin()}
		} else if err != nil {
			return err
		}
		if old.Version != base {
			return errs.Conflict("errors.conflict")
		}
		v = CalendarVersion{Version: nextVersion(old), Data: old.Data, CreatedAt: tx.Now}
		if err := change(&v.Data); err != nil {
			return err
		}
		v.Data.Version = v.Version
		if _, err := calendar.New(v.Data); err != nil {
			return errs.Invalid("city.err.calendar").Because(err)
		}
		tx.AfterCommit(c.Invalidate)
		return tx.Create(&v).Error
	})
	return v, err
}

// nextVersion names the version after old: «ua-2026.1+7», where 7 is the row of
// the version before it.
func nextVersion(old CalendarVersion) string {
	root, _, _ := strings.Cut(old.Version, "+")
	return fmt.Sprintf("%s+%d", root, old.ID)
}
