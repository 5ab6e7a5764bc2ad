package appeals

import (
	"context"
	"strings"
	"testing"

	"ereception/internal/platform/errs"
)

func TestBlanksAreThoseOfTheTemplates(t *testing.T) {
	t.Parallel()
	templates := []string{"На ваш запит від [дата] № [номер] повідомляємо [перелік].\n\nВідповідальна особа: [ім’я, посада].", "Див. додаток [1] і [2]."}
	for body, want := range map[string]string{
		"":               "",
		"Від [дата].":    "[дата] (1)",
		"Від 22.11.2026": "",
		"Від [дата] № [номер].\n\n\nПовідомляємо [перелік], [дата].": "[дата] (1, 2), [номер] (1), [перелік] (2)",
		"Від [ Дата ] до [дата].":                                  "[ Дата ] (1), [дата] (1)",
		"Особа: [ім'я, посада].":                                   "[ім'я, посада] (1)",
		"За актом [1], «так і було» [sic], [2], […], [дата акта].": "",
		"Масив a[дата] і [[номер]].":                               "[дата] (1), [номер] (1)",
		"Не закрито [дата":                                         "",
	} {
		if got := BlankWords(blanksIn(body, templates)); got != want {
			t.Errorf("%q: %s, want %s", body, got, want)
		}
	}
	if got := blanksIn("Від [дата].", nil); got != nil {
		t.Errorf("without templates: %v", got)
	}
}

// TestBlanksAreNeitherSubmittedNorSigned: a template's blank stops the answer at the
// executor and, where it got past him, at the signatory; the author's own brackets do not.
func TestBlanksAreNeitherSubmittedNorSigned(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	b.Owner(t, `INSERT INTO reply_templates (title, body, created_at) VALUES ('Відмова', 'На ваш запит від [дата] № [номер] повідомляємо.', now())`)
	n := b.inWork(t)
	const own = "\n\nСвідок пише: «яма [sic] глибока» [1], акт [№ 5]."
	refused := func(err error, list string) {
		t.Helper()
		e, ok := errs.As(err)
		if !ok || e.Kind != errs.KindInvalid {
			t.Fatalf("not refused: %v", err)
		}
		args := e.Args
		if len(e.Fields) > 0 {
			args = e.Fields[0].Args
			if e.Fields[0].Name != "answer" {
				t.Errorf("the mistake is at %q", e.Fields[0].Name)
			}
		}
		if len(args) != 2 || args[1] != list {
			t.Errorf("blanks %v, want %s", args, list)
		}
	}
	must(t, b.svc.SaveAnswer(ctx, b.exec, n, 0, "Від [дата] "+answerText, ResultSatisfied)) // a draft may hold them
	v := b.see(t, b.exec, n).Answer.Version
	refused(b.svc.Submit(ctx, b.exec, n, v, answerText+own+"\n\nВід [дата] № [Номер].", ResultSatisfied), "[дата] (3), [Номер] (3)")
	if a := b.see(t, b.exec, n).Answer; a.State != AnswerDraft || a.Version != v || !strings.HasPrefix(a.Body, "Від [дата]") {
		t.Errorf("a refused submit left %+v", a)
	}

	// A template that is out of use, or was changed since, is a template all the same.
	b.Owner(t, `UPDATE reply_templates SET active = false, body = 'На ваш запит від [день] повідомляємо.'`)
	refused(b.svc.Submit(ctx, b.exec, n, v, answerText+own+" [день], [номер]", ResultSatisfied), "[день] (2), [номер] (2)")

	must(t, b.svc.Submit(ctx, b.exec, n, v, answerText+own, ResultSatisfied))
	// What was submitted before anybody looked for blanks.
	b.Owner(t, "UPDATE answers SET body = body || ' [день]', version = version + 1")
	refused(b.svc.Sign(ctx, b.head, n, b.see(t, b.head, n).Digest(), Credential{Password: "right"}), "[день] (2)")
	if b.signer.asked != 0 || b.state(t, n) != AnswerSigning || b.Count(t, "SELECT count(*) FROM signatures") != 0 {
		t.Error("a refused signature left something, or the password was asked for")
	}
	b.Owner(t, "UPDATE answers SET body = $1, version = version + 1", answerText+own)
	c := b.see(t, b.head, n)
	must(t, b.svc.Sign(ctx, b.head, n, c.Digest(), Credential{Password: "right"}))

	// An answer that was signed stays, whatever the templates say later.
	b.Owner(t, `INSERT INTO reply_templates (title, body, created_at) VALUES ('Новий', '[sic]', now())`)
	if got := b.see(t, b.clerk, n); got.Signature == nil {
		t.Error("the signed answer is gone")
	}
}
