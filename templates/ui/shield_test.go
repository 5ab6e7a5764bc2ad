package ui_test

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"ereception/templates/ui"
)

func TestTheShieldIsAPictureOfItsWords(t *testing.T) {
	t.Parallel()
	for _, b := range []ui.Shield{
		{Label: "Закупівля", Text: "ознак: 2 · станом на 25.11.2026", Color: ui.ShieldAmber, Note: "Ознака — це не порушення."},
		{Label: "Purchase", Text: "no signs · as of 25.11.2026", Color: ui.ShieldBlue},
		{Label: "<&\">", Text: "", Color: ui.ShieldGrey},
	} {
		var out strings.Builder
		if err := ui.ShieldImage(b).Render(context.Background(), &out); err != nil {
			t.Fatal(err)
		}
		d := xml.NewDecoder(strings.NewReader(out.String()))
		title := ""
		for {
			tok, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%v in %s", err, out.String())
			}
			if e, ok := tok.(xml.StartElement); ok && e.Name.Local == "title" {
				if err := d.DecodeElement(&title, &e); err != nil {
					t.Fatal(err)
				}
			}
		}
		want := b.Label + ": " + b.Text
		if b.Note != "" {
			want += ". " + b.Note
		}
		if title != want {
			t.Errorf("the title says %q", title)
		}
		if strings.Contains(out.String(), "style=") {
			t.Error("the policy of the picture forbids styles")
		}
	}
}
