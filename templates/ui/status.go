package ui

import (
	"context"
	"io"
	"strconv"
	"sync"

	"github.com/a-h/templ"

	"ereception/internal/platform/i18n"
)

// statusLook is the colour and the icon of a status.
type statusLook struct{ color, icon string }

// statusLooks is the vocabulary of states: those of appeals under the codes of
// the domain, and the few that only a page knows (draft, sent, new, extended,
// resolved). The words are "ui.status.CODE".
var statusLooks = map[string]statusLook{
	"draft":              {"neutral", "PencilLine"},
	"sent":               {"neutral", "Paperplane"},
	"new":                {"neutral", "Circle"},
	"received":           {"neutral", "Circle"},
	"registered":         {"info", "FileCheckmark"},
	"resolution_pending": {"primary", "PersonGavel"},
	"in_progress":        {"primary", "Wrench"},
	"clarifying":         {"warning", "ChatExclamationmark"},
	"extended":           {"accent", "Hourglass"},
	"forwarded":          {"neutral", "ArrowForward"},
	"answer_signing":     {"primary", "PencilWriting"},
	"answered":           {"success", "EnvelopeClosed"},
	"resolved":           {"success", "CheckmarkCircle"},
	"closed":             {"success", "CheckmarkCircle"},
	"reopened":           {"warning", "ArrowCirclepath"},
	"refused":            {"neutral", "CircleSlash"},
	"not_considered":     {"neutral", "CircleSlash"},
	"returned_for_data":  {"neutral", "ArrowUndo"},
	"duplicate_linked":   {"neutral", "Branching"},
	"measures_pending":   {"accent", "Hourglass"},
	"archived":           {"neutral", "Archive"},
}

// StatusCodes lists the codes that Status knows, in no order.
func StatusCodes() []string {
	out := make([]string, 0, len(statusLooks))
	for c := range statusLooks {
		out = append(out, c)
	}
	return out
}

// StatusWord gives the word of a status in the reader's language.
func StatusWord(ctx context.Context, code string) string { return i18n.T(ctx, "ui.status."+code) }

// statusHTML holds the ready badge of each status by locale: a queue shows
// dozens of them.
var statusHTML = func() map[string]map[string]string {
	out := map[string]map[string]string{}
	for _, loc := range i18n.Locales {
		m := make(map[string]string, len(statusLooks))
		for code, l := range statusLooks {
			m[code] = `<span class="ds-tag st" data-color="` + l.color + `">` + icon(l.icon) +
				templ.EscapeString(i18n.In(loc, "ui.status."+code)) + `</span>`
		}
		out[loc] = m
	}
	return out
}()

// Status shows where a case stands: icon, word and colour. An unknown code is
// shown as it is, without a colour.
func Status(code string) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		s, ok := statusHTML[i18n.Locale(ctx)][code]
		if !ok {
			s = `<span class="ds-tag st" data-color="neutral">` + templ.EscapeString(code) + `</span>`
		}
		_, err := io.WriteString(w, s)
		return err
	})
}

// The levels of a deadline.
const (
	LevelOK   = "ok"
	LevelSoon = "soon" // five days or fewer
	LevelLate = "late"
	LevelDone = "done" // answered: the term no longer runs
)

// DueLevel gives the level for the days that are left (negative: overdue).
func DueLevel(days int) string {
	switch {
	case days < 0:
		return LevelLate
	case days <= 5:
		return LevelSoon
	}
	return LevelOK
}

// DaysShort writes days for a narrow column: «2 дні», «−8 днів», «сьогодні».
func DaysShort(ctx context.Context, days int) string {
	if days == 0 {
		return i18n.T(ctx, "ui.due.today_short")
	}
	return i18n.N(ctx, "ui.days", days)
}

// DaysLeft writes days in words: «залишилося 18 днів», «прострочено на 8 днів»,
// «відповідь сьогодні».
func DaysLeft(ctx context.Context, days int) string {
	switch {
	case days < 0:
		return i18n.N(ctx, "ui.due.late", -days)
	case days == 0:
		return i18n.T(ctx, "ui.due.today")
	}
	return i18n.N(ctx, "ui.due.left", days)
}

var dueIcons = map[string]string{
	LevelOK: icon("Clock"), LevelSoon: icon("Clock"),
	LevelLate: icon("ExclamationmarkTriangle"), LevelDone: icon("CheckmarkCircle"),
}

// DueProps is a deadline as a short line.
type DueProps struct {
	// Days that are left; negative when overdue. Gives level and words unless
	// they are set.
	Days int
	// Level is one of the Level constants; LevelDone needs Text.
	Level string
	// Text stands instead of the words made from Days.
	Text string
	// Short takes the words of narrow columns.
	Short bool
}

// Due shows how long is left: icon, words and colour by level.
func Due(p DueProps) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		_, err := w.Write(AppendDue(ctx, nil, p))
		return err
	})
}

// AppendDue is Due for a list, which has one in each row.
func AppendDue(ctx context.Context, b []byte, p DueProps) []byte {
	level := orDefault(p.Level, DueLevel(p.Days))
	text := p.Text
	if text == "" && p.Short {
		text = wordsOf(ctx, "days", p.Days, DaysShort)
	} else if text == "" {
		text = wordsOf(ctx, "left", p.Days, DaysLeft)
	}
	b = append(b, `<span class="due" data-level="`...)
	b = append(b, templ.EscapeString(level)...)
	b = append(b, `">`...)
	b = append(b, dueIcons[level]...)
	b = append(b, templ.EscapeString(text)...)
	return append(b, `</span>`...)
}

// AgeProps is the deadline cell of a queue.
type AgeProps struct {
	// Days that are left; negative when overdue.
	Days int
	// Date is the day of the deadline in short: «14 лист.».
	Date string
	// Percent of the term that has gone, 0–100; more is cut.
	Percent int
	// Text stands instead of the days, for example «—» when the term is over.
	Text string
	// Level stands instead of the one made from Days.
	Level string
}

// AgeBar shows days, date and the part of the term that has gone.
func AgeBar(p AgeProps) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		_, err := w.Write(AppendAge(ctx, nil, p))
		return err
	})
}

// AppendAge is AgeBar for a queue, which has one in each row.
func AppendAge(ctx context.Context, b []byte, p AgeProps) []byte {
	pc := min(max(p.Percent, 0), 100)
	text := p.Text
	if text == "" {
		text = wordsOf(ctx, "days", p.Days, DaysShort)
	}
	b = append(b, `<div class="age" data-level="`...)
	b = append(b, templ.EscapeString(orDefault(p.Level, DueLevel(p.Days)))...)
	b = append(b, `"><div class="l"><b>`...)
	b = append(b, templ.EscapeString(text)...)
	b = append(b, `</b><span class="muted">`...)
	b = append(b, templ.EscapeString(p.Date)...)
	b = append(b, `</span></div><svg role="img" aria-label="`...)
	b = append(b, wordsOf(ctx, "age", pc, func(ctx context.Context, n int) string {
		return templ.EscapeString(i18n.T(ctx, "ui.age.label", "percent", strconv.Itoa(n)))
	})...)
	b = append(b, `"><rect width="100%" height="100%"/><rect width="`...)
	b = strconv.AppendInt(b, int64(pc), 10)
	return append(b, `%" height="100%"/></svg></div>`...)
}

// words keeps what is said of small numbers: a queue says it in each row.
var words sync.Map

type wordsKey struct {
	locale, what string
	n            int
}

// wordsOf gives what say says of n, from memory where the number is one of those that
// come again and again.
func wordsOf(ctx context.Context, what string, n int, say func(context.Context, int) string) string {
	if n < -400 || n > 400 {
		return say(ctx, n)
	}
	key := wordsKey{i18n.Locale(ctx), what, n}
	if s, ok := words.Load(key); ok {
		return s.(string)
	}
	s := say(ctx, n)
	words.Store(key, s)
	return s
}
