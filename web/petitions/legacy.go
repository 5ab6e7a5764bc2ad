package petitions

import (
	"context"

	dom "ereception/internal/petitions"
	"ereception/internal/platform/i18n"
	page "ereception/templates/petitions"
	"ereception/templates/ui"
)

// Petitions of the city's former site are its archive: of their signatures only
// the number is known, often without the threshold, and none of the portal's terms
// or counters is theirs. Their pages say so and show nothing that would be guessed.

// stateOfItem is the state in words. Of an answer of the former site nobody has
// said here that it is being carried out.
func stateOfItem(ctx context.Context, s dom.State, legacy bool) page.State {
	w := stateOf(ctx, s)
	if legacy && s == dom.Answered {
		w.Word, w.Icon = i18n.T(ctx, "petitions.state.answered_legacy"), "CheckmarkCircle"
	}
	return w
}

// countWords is «412 з 500», or «412 підписів» where the threshold is not known.
func countWords(ctx context.Context, n, of int) string {
	if of == 0 {
		return i18n.N(ctx, "petitions.legacy.count", n)
	}
	return i18n.T(ctx, "petitions.count", "n", i18n.Num(ctx, n), "of", i18n.Num(ctx, of))
}

// enough reports whether the threshold is known and reached.
func enough(n, of int) bool { return of > 0 && n >= of }

// legacyNote says where the petition comes from; nil for one of this portal.
func legacyNote(ctx context.Context, v *dom.View) *page.LegacyNote {
	if v.LegacySource == "" {
		return nil
	}
	return &page.LegacyNote{
		Title: i18n.T(ctx, "petitions.legacy.title", "source", v.LegacySource), Text: i18n.T(ctx, "petitions.legacy.text", "number", v.LegacyNumber),
		Link: ui.Link{Href: v.LegacyURL, Label: i18n.T(ctx, "petitions.legacy.link")},
	}
}

// legacyCard is the box of the count: there is nothing to press.
func legacyCard(ctx context.Context, v *dom.View) page.SignCard {
	n, of := v.Count.Counted, v.Threshold
	s := page.SignCard{
		Count: i18n.Num(ctx, n), Of: i18n.T(ctx, "petitions.legacy.total"), Percent: percent(n, of), Done: enough(n, of), Label: i18n.N(ctx, "petitions.legacy.ring", n),
		Bold: "", Muted: "", Tiers: "", Live: "", Button: nil, Signed: nil, Withdraw: "", Follow: nil, Note: nil, Hint: "", ExtraDays: "",
	}
	if of > 0 {
		s.Of, s.Label = i18n.T(ctx, "petitions.show.of", "n", i18n.Num(ctx, of)), i18n.T(ctx, "petitions.show.ring", "n", i18n.Num(ctx, n), "of", i18n.Num(ctx, of))
	}
	if v.EndsAt != nil {
		s.Bold = i18n.T(ctx, "petitions.legacy.ended", "date", i18n.Date(ctx, *v.EndsAt))
	}
	return s
}

// legacyAnswer is the answer as the former site had it: its signature is not known
// here, so none is shown.
func legacyAnswer(ctx context.Context, v *dom.View, a *page.AnswerCard) {
	t := func(key string, args ...any) string { return i18n.T(ctx, "petitions.legacy."+key, args...) }
	if n := v.Answer; n != nil && n.SignedAt != nil {
		a.Title, a.When, a.Body = t("answer"), i18n.Date(ctx, *n.SignedAt), n.Body
		if n.Decision != "" {
			a.Title = i18n.T(ctx, "petitions.decision."+n.Decision)
		}
		a.Note = t("answer_note")
		return
	}
	a.Waiting = t("no_answer")
	if v.State == dom.NotEnough {
		a.Waiting = t("not_enough")
	}
}

// legacyWay is what is known of the petition's way.
func legacyWay(ctx context.Context, v *dom.View) []ui.TimelineItem {
	t := func(key string) string { return i18n.T(ctx, "petitions.way."+key) }
	var list []ui.TimelineItem
	if v.PublishedAt != nil {
		list = append(list, ui.TimelineItem{Title: t("published"), Time: i18n.Date(ctx, *v.PublishedAt), Kind: "done"})
	}
	gathering := ui.TimelineItem{Title: t("gathering"), Text: countWords(ctx, v.Count.Counted, v.Threshold), Kind: "done"}
	if v.EndsAt != nil {
		gathering.Time = i18n.Date(ctx, *v.EndsAt)
	}
	list = append(list, gathering)
	if v.AnsweredAt != nil {
		answer := ui.TimelineItem{Title: t("answer"), Time: i18n.Date(ctx, *v.AnsweredAt), Kind: "done"}
		if v.Answer != nil && v.Answer.Decision != "" {
			answer.Text = i18n.T(ctx, "petitions.decision."+v.Answer.Decision)
		}
		list = append(list, answer)
	}
	if v.State == dom.Done && v.ClosedAt != nil {
		list = append(list, ui.TimelineItem{Title: t("done"), Kind: "ok", Time: i18n.Date(ctx, *v.ClosedAt)})
	}
	for _, l := range v.Story {
		if l.Kind == "imported" {
			list = append(list, ui.TimelineItem{Title: i18n.T(ctx, "petitions.legacy.moved"), Kind: "done", Time: i18n.Date(ctx, l.At)})
		}
	}
	return list
}

// openLegacy says in the open data where a petition comes from.
type openLegacy struct {
	Source string `json:"source"`
	Number string `json:"number"`
	URL    string `json:"url,omitempty"`
	Count  int    `json:"count"` // signatures, of which nothing else is known
}

func legacyOf(v *dom.View) *openLegacy {
	if v.LegacySource == "" {
		return nil
	}
	return &openLegacy{Source: v.LegacySource, Number: v.LegacyNumber, URL: v.LegacyURL, Count: v.Count.Legacy}
}

// need is what a poster says of the threshold; empty where it is not known.
func need(ctx context.Context, v *dom.View) string {
	if v.Threshold == 0 {
		return ""
	}
	return i18n.N(ctx, "petitions.poster.need", v.Threshold)
}
