package appeals

import (
	"context"
	"time"

	"ereception/internal/law/deadline"
	"ereception/internal/platform/i18n"
)

// TermDate writes a moment that is held against the term of a procedure: its end,
// or the answer. It is a day, and for a term that runs by the clock (Закон
// 2939-VI, ст. 20, ч. 2: 48 hours) the day and the hour in Kyiv.
func TermDate(ctx context.Context, p deadline.Procedure, at time.Time) string {
	if p.Timed() {
		return i18n.DateTime(ctx, at)
	}
	return i18n.Date(ctx, at)
}

// TermDay is TermDate for narrow rows: «22 лист.», «22 лист., 10:42».
func TermDay(ctx context.Context, p deadline.Procedure, at time.Time) string {
	if p.Timed() {
		return i18n.DayMonth(ctx, at) + ", " + i18n.Clock(at)
	}
	return i18n.DayMonth(ctx, at)
}
