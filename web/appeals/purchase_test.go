package appeals_test

import (
	"context"
	"strings"
	"testing"
	"unicode/utf8"

	dom "ereception/internal/appeals"
	"ereception/web/appeals"
	"ereception/web/httpx"
)

// shop knows one purchase, with a title that is longer than a subject may be.
type shop struct{ topic int64 }

const purchase = "UA-2024-12-10-010819-a"

func (s shop) Purchase(_ context.Context, number string) (appeals.Purchase, bool, error) {
	if number != purchase {
		return appeals.Purchase{}, false, nil
	}
	return appeals.Purchase{
		Number: number, Title: strings.Repeat("Поточний ремонт вулиці ", 10) + "<b>", Buyer: "Управління «Дороги»", Amount: "1 250 000,00 грн",
		Path: "/procurement/tenders/" + number, URL: "https://e.example/procurement/tenders/" + number, TopicID: s.topic,
	}, true, nil
}

func (s *site) withPurchases() *site {
	s.t.Helper()
	var err error
	s.h, err = httpx.Build(httpx.Options{
		Areas:    []httpx.Area{appeals.New(s.svc, ground{}, s.limits, s.Clock).UsePurchases(shop{s.topic}).Area()},
		Sessions: s, Parker: s, Clock: s.Clock, Log: s.Log, Frame: httpx.Frame{Clock: s.Clock},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return s
}

func TestAnAppealBeginsFromAPurchase(t *testing.T) {
	t.Parallel()
	s := setup(t).withPurchases()

	guest := s.get("", "/appeals/new?purchase="+purchase)
	s.want(guest, 303, "/sign-in?next=%2Fappeals%2Fnew%3Fpurchase%3D"+purchase)

	start := s.get("ann", "/appeals/new?purchase="+purchase)
	s.want(start, 200, "")
	if start.value("purchase") != purchase {
		t.Error("the form of step 1 does not carry the purchase on")
	}
	if kind, _ := start.doc.Find("input[name=kind][checked]").Attr("value"); kind != string(dom.Application) {
		t.Errorf("the kind is %q, want a заява until the person chooses", kind)
	}
	if text := excerpt(start); !strings.Contains(text, "Управління «Дороги»") || !strings.Contains(text, purchase) {
		t.Errorf("step 1 does not say which purchase: %s", text)
	}

	again := s.post("ann", "/appeals/new", "kind", "nonsense", "addressee", "", "purchase", purchase)
	s.want(again, 422, "")
	if again.value("purchase") != purchase {
		t.Error("a mistake of step 1 forgot the purchase")
	}

	a := s.post("ann", "/appeals/new", "kind", "complaint", "addressee", "", "purchase", purchase)
	s.want(a, 303, "")
	step := s.get("ann", a.Header().Get("Location"))
	title, text := step.value("title"), step.doc.Find("textarea[name=body]").Text()
	if !strings.HasPrefix(title, "Закупівля "+purchase+": Поточний ремонт") || utf8.RuneCountInString(title) > dom.TitleMax {
		t.Errorf("the subject is %q", title)
	}
	for _, want := range []string{purchase, "Управління «Дороги»", "1 250 000,00 грн", "https://e.example/procurement/tenders/" + purchase, "<b>"} {
		if !strings.Contains(text, want) {
			t.Errorf("the text lacks %q: %s", want, text)
		}
	}
	if topic, _ := step.doc.Find("select[name=topic] option[selected]").Attr("value"); topic == "" {
		t.Error("the topic is not chosen")
	}
}

func TestThePurchaseSurvivesALostSession(t *testing.T) {
	t.Parallel()
	s := setup(t).withPurchases()
	a := s.post("", "/appeals/new", "kind", "complaint", "addressee", "", "purchase", purchase)
	s.want(a, 303, "/sign-in?next=%2Fappeals%2Fnew%3Fparked%3Dp0")
	back := s.get("ann", "/appeals/new?parked=p0")
	s.want(back, 200, "")
	if back.value("purchase") != purchase {
		t.Error("the purchase was lost with the session")
	}
}

func TestAnUnknownPurchaseGivesTheOrdinaryForm(t *testing.T) {
	t.Parallel()
	s := setup(t)
	for name, number := range map[string]string{"unknown": "UA-2020-01-01-000000-a", "too long": strings.Repeat("9", 5000), "not a number": "'; --"} {
		for _, known := range []bool{false, true} {
			if known {
				s.withPurchases()
			}
			p := s.get("ann", "/appeals/new?purchase="+strings.ReplaceAll(number, "'; --", "%27%3B+--"))
			s.want(p, 200, "")
			if p.value("purchase") != "" || !strings.Contains(excerpt(p), "Такої закупівлі тут немає") {
				t.Errorf("%s: the form does not say that there is no such purchase", name)
			}
			s.want(s.post("ann", "/appeals/new", "kind", "complaint", "addressee", "", "purchase", number), 303, "")
		}
	}
}
