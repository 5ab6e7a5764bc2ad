package cabinet_test

import (
	"context"
	"net/url"
	"strconv"
	"testing"

	dom "ereception/internal/appeals"
)

// TestOneGoesOnThroughTheTray: from case to case in the order of the tray and within its
// filters, also from one that has been dealt with, and back to the tray at its ends.
func TestOneGoesOnThroughTheTray(t *testing.T) {
	t.Parallel()
	o := open(t)
	list := []string{o.filed(), o.filed(), o.filed()}
	to := func(as, path string) string {
		o.t.Helper()
		w := o.fetch(as, path)
		if w.Code != 303 {
			t.Errorf("%s as %s: %d", path, as, w.Code)
		}
		return w.Header().Get("Location")
	}
	for _, set := range []string{"incoming", "all"} {
		order := list // by term; the latest first where nothing waits
		if set == "all" {
			order = []string{list[2], list[1], list[0]}
		}
		for i, n := range order {
			for step, at := range map[string]int{"next": i + 1, "prev": i - 1} {
				want := "/cabinet/appeals?set=" + set
				if at >= 0 && at < len(order) {
					want = "/cabinet/appeals/" + order[at] + "?set=" + set
				}
				if got := to("clerk", "/cabinet/appeals/"+n+"/"+step+"?set="+set); got != want {
					t.Errorf("%s: %s of %d leads to %s, want %s", set, step, i, got, want)
				}
			}
		}
	}
	// The filter and the page come along, through the case, its tabs and its forms.
	topic := "topic=" + url.QueryEscape(strconv.FormatInt(o.topics[0], 10))
	o.ok(o.svc.Register(context.Background(), o.people["clerk"], list[1], 0, dom.Registration{Classification: dom.Classification{Procedure: "appeal"}, TopicID: o.topics[1]}))
	tray := "set=incoming&in=" + url.QueryEscape(topic)
	_, doc := o.send("clerk", "GET", "/cabinet/appeals?set=incoming&"+topic)
	if href := doc.Find("table.q a.no").First().AttrOr("href", ""); href != "/cabinet/appeals/"+list[0]+"?"+tray {
		t.Errorf("the row leads to %s", href)
	}
	_, doc = o.send("clerk", "GET", "/cabinet/appeals/"+list[0]+"?"+tray)
	for sel, want := range map[string]string{
		"[data-key=next]": "/cabinet/appeals/" + list[0] + "/next?" + tray, "[data-key=prev]": "/cabinet/appeals/" + list[0] + "/prev?" + tray,
		".page-bar .arrow-link": "/cabinet/appeals?set=incoming&" + topic, ".tabs a[href*=history]": "/cabinet/appeals/" + list[0] + "?" + tray + "&tab=history",
	} {
		if got := doc.Find(sel).AttrOr("href", ""); got != want {
			t.Errorf("%s leads to %q, want %q", sel, got, want)
		}
	}
	if got := to("clerk", "/cabinet/appeals/"+list[0]+"/next?"+tray); got != "/cabinet/appeals/"+list[2]+"?"+tray {
		t.Errorf("within the topic: %s", got)
	}
	// What has left the tray has its neighbours still; what never was anybody's has none.
	if got := to("clerk", "/cabinet/appeals/"+list[1]+"/next?"+tray); got != "/cabinet/appeals/"+list[2]+"?"+tray {
		t.Errorf("from another topic: %s", got)
	}
	for as, code := range map[string]int{"clerk": 404, "ann": 403} {
		if w := o.fetch(as, "/cabinet/appeals/2026-99999/next"); w.Code != code {
			t.Errorf("no such appeal, as %s: %d", as, w.Code)
		}
	}
	if w := o.fetch("exec", "/cabinet/appeals/"+list[0]+"/next"); w.Code != 404 {
		t.Errorf("an appeal of others: %d", w.Code)
	}
	// What is no filter filters nothing.
	if got := to("clerk", "/cabinet/appeals/"+list[2]+"/prev?set=incoming&in="+url.QueryEscape("topic=x&unit=%zz")); got != "/cabinet/appeals/"+list[1]+"?set=incoming" {
		t.Errorf("a filter that is none: %s", got)
	}
}
