package appeals

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"

	"ereception/internal/law/deadline"
	"ereception/internal/notify"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/jobs/kind"
)

// TestARequestIsCalledARequest in every letter and on its papers, in both languages,
// and an appeal is never called one; the 48 hours of an urgent request are told with
// their hour, a term in days without any.
func TestARequestIsCalledARequest(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	for _, c := range []struct {
		name            string
		kind            Kind
		procedure       deadline.Procedure
		forbidden       []string
		reference, hour string
	}{
		{"appeal", Application, deadline.Appeal, []string{"запит №", "Запит №", "ваш запит", "запиту №", "equest No"}, "Відповідь на звернення № ", ""},
		{"urgent request", InfoRequest, deadline.InfoUrgent, []string{"звернен", "Звернен", "ppeal"}, "Відповідь на запит № ", ", 12:00"},
		{"advocate's request", InfoRequest, deadline.Advocate, []string{"звернен", "Звернен", "ppeal"}, "Відповідь на запит № ", ""},
	} {
		d := b.draft()
		d.Kind, d.Title = c.kind, "Кошторис ремонту"
		n := b.filed(t, b.ann, d)
		must(t, b.svc.Register(ctx, b.clerk, n, 0, Registration{Classification: Classification{Procedure: c.procedure, Reason: whyMoved}, TopicID: b.topic}))
		must(t, b.svc.Assign(ctx, b.clerk, n, 0, b.unit, b.exec.ID))
		id := b.see(t, b.clerk, n).ID
		check := func(letter string, answer int64, loc string) {
			t.Helper()
			m, err := b.svc.Composers()[letter](i18n.With(ctx, loc), notify.Letter{Kind: letter, PersonID: b.ann.ID, AppealID: id, AnswerID: answer})
			must(t, err)
			text := m.Subject + "\n" + strings.Join(m.Paragraphs, "\n") + "\n" + fmt.Sprint(m.Facts) + m.Button.Label + "\n" + strings.Join(m.Closing, "\n")
			for _, w := range append(c.forbidden, "noun", "{number", "{your") {
				if strings.Contains(text, w) {
					t.Errorf("%s, %s in %s says %q:\n%s", c.name, letter, loc, w, text)
				}
			}
			due := i18n.DateIn(loc, b.see(t, b.clerk, n).DueAt)
			if letter == "appeal.receipt" && (!strings.Contains(text, due+c.hour) || c.hour == "" && strings.Contains(text, due+",")) {
				t.Errorf("%s, %s in %s does not tell the end of the term:\n%s", c.name, letter, loc, text)
			}
		}
		must(t, b.svc.Ask(ctx, b.exec, n, uuid.New(), "Уточніть, будь ласка, рік."))
		b.Owner(t, "UPDATE appeals SET hidden = 'secret' WHERE id = $1", id)
		for _, loc := range i18n.Locales {
			for _, letter := range []string{"appeal.receipt", "appeal.question", "appeal.hidden"} {
				check(letter, 0, loc)
			}
		}
		b.Owner(t, "UPDATE appeals SET hidden = '' WHERE id = $1", id)
		signed := b.signedCase(t, n)
		must(t, b.svc.Send(ctx, kind.SendAnswer{AnswerID: signed.Answer.ID}))
		for _, channel := range Channels {
			b.Owner(t, "UPDATE appeals SET answer_channel = $2 WHERE id = $1", id, string(channel))
			for _, loc := range i18n.Locales {
				check("appeal.answer", signed.Answer.ID, loc)
				check("appeal.shown", 0, loc)
			}
		}
		p, err := b.svc.paper(ctx, signed.Answer.ID)
		must(t, err)
		if got := p.letter(Site{}).Title; got != c.reference+n {
			t.Errorf("%s: the paper is titled %q", c.name, got)
		}
		found, err := b.svc.Confirm(ctx, *signed.Answer.VerifyCode)
		must(t, err)
		if found.Kind != c.kind {
			t.Errorf("%s: the verification calls it %q", c.name, found.Kind)
		}
	}
	at := b.Clock.Now()
	for k, want := range map[Kind]string{Application: "На звернення від ", Proposal: "На звернення від ", InfoRequest: "На запит від "} {
		if got := reference(k, "1/26", at, at.AddDate(0, 0, 1), at); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s", k, got)
		}
	}
}
