package appeals

import (
	"context"
	"strings"

	dom "ereception/internal/appeals"
	"ereception/internal/platform/i18n"
	page "ereception/templates/appeals"
	"ereception/templates/ui"
)

// Purchases knows the city's purchases. An appeal about one begins with its
// number, buyer and sum, so that nobody copies them by hand.
type Purchases interface {
	// Purchase gives a tender or a contract by its public number; ok is false
	// when the portal knows none that is published.
	Purchase(ctx context.Context, number string) (p Purchase, ok bool, err error)
}

// Purchase is what an appeal says about a purchase, in the reader's language.
type Purchase struct {
	Number  string
	Title   string
	Buyer   string
	Amount  string // with the currency; empty when it has none
	Path    string // of its page on the portal
	URL     string // the same with the host, for the text
	TopicID int64  // the topic of the register for purchases; 0 for none
}

// numberMax bounds what is looked up: UA-2024-12-10-010819-a-c1 has 26 characters.
const numberMax = 64

// about finds the purchase that the form names; nil when it names none or an unknown one.
func (h *Handlers) about(ctx context.Context, number string) (*Purchase, error) {
	number = strings.TrimSpace(number)
	if number == "" || len(number) > numberMax || h.purchases == nil {
		return nil, nil
	}
	p, ok, err := h.purchases.Purchase(ctx, number)
	if err != nil || !ok {
		return nil, err
	}
	return &p, nil
}

// into begins the draft with the facts of the purchase. They stay editable.
func (p Purchase) into(ctx context.Context, d dom.Draft) dom.Draft {
	d.TopicID = p.TopicID
	d.Title = cut(i18n.T(ctx, "purchases.appeal.title", "number", p.Number, "title", line(p.Title)), dom.TitleMax)
	lines := []string{i18n.T(ctx, "purchases.appeal.intro", "number", p.Number, "title", cut(line(p.Title), 600))}
	for _, f := range p.facts(ctx) {
		lines = append(lines, f.Label+": "+f.Value)
	}
	lines = append(lines, i18n.T(ctx, "purchases.appeal.link")+": "+p.URL, "", i18n.T(ctx, "purchases.appeal.matter"), "")
	d.Body = strings.Join(lines, "\n")
	return d
}

func (p Purchase) facts(ctx context.Context) []ui.Fact {
	var out []ui.Fact
	for _, f := range [][2]string{{"purchases.appeal.buyer", p.Buyer}, {"purchases.appeal.amount", p.Amount}} {
		if f[1] != "" {
			out = append(out, ui.Fact{Label: i18n.T(ctx, f[0]), Value: f[1], Href: "", Num: false, Rich: nil})
		}
	}
	return out
}

func aboutCard(ctx context.Context, p *Purchase) *page.About {
	if p == nil {
		return nil
	}
	facts := append([]ui.Fact{{Label: i18n.T(ctx, "purchases.appeal.number"), Value: p.Number, Href: "", Num: true, Rich: nil}}, p.facts(ctx)...)
	return &page.About{Number: p.Number, Title: p.Title, Href: p.Path, Facts: facts}
}

// cut shortens a text to n characters at the end of a word.
func cut(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	short := string(r[:n-1])
	if i := strings.LastIndexByte(short, ' '); i > len(short)/2 {
		short = short[:i]
	}
	return strings.TrimRight(short, " ,.:;«(") + "…"
}
